"""Serve the imperfect coder by hand: python -m benchmarks.imperfect [--task NAME] [--seed N] [--port N]."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from benchmarks.imperfect.server import serve
from benchmarks.imperfect.tasks import BANKS


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imperfect", description=__doc__)
    parser.add_argument("--task", choices=list(BANKS), help="the task it writes for; by default the prompt tells")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.task, options.seed, options.port))


if __name__ == "__main__":
    main()
