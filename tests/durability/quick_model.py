"""A model server with quick scripts: `python -m tests.durability.quick_model`; the same seed gives the same script.

A script reads no library but csv. Of ten seeds one gives a crash, one a child process that outlives its script, and one
a script of half a second; the others predict the tests' small task better or worse.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.vllm_double import Double

_ROOT = Path(__file__).parents[2]

_SCRIPT = """\
import csv, subprocess, sys, time
{first}
with open("input/test.csv", newline="") as file:
    rows = list(csv.DictReader(file))
with open("submission.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["id", "y"])
    for i, row in enumerate(rows):
        out.writerow([row["id"], {slope} * float(row["a"]) + {noise} * (i * 7919 % 13 - 6)])
print("predicted", len(rows))
"""

_FIRST = {
    0: "raise ValueError('the seed says so')",
    1: "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
    2: "time.sleep(0.5)",
}


def write(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
    """Return reasoning and answer for a seed, whatever the messages are."""
    rng = random.Random(seed)
    first = _FIRST.get(rng.randrange(10), f"time.sleep({rng.uniform(0.0, 0.1):.3f})")
    code = _SCRIPT.format(first=first, slope=round(rng.uniform(1.0, 3.0), 3), noise=round(rng.uniform(0.0, 0.3), 3))
    return "A thought. " * 20, f"Predict by a line, number {seed}.\n\n```python\n{code}```\n"


class QuickModel:
    """The server as a process of its own, for `with`."""

    def __enter__(self) -> QuickModel:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.durability.quick_model"], cwd=_ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.process.stdout.close()
        assert self.url
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()


async def _serve() -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with Double(write=write, tokens_per_second=2000.0) as double:
        print(double.base_url, flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
