"""List the models that can be used now: the built-in proposer, and what the servers on this machine serve."""

from __future__ import annotations

import argparse
import asyncio

EPILOG = """\
examples:
  tui-aide models
  tui-aide models --base-url http://gpu-box:8000/v1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `models`."""
    parser.add_argument(
        "--base-url", action="append", metavar="URL", help="ask this server (default: the usual ports here)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the servers and print what they have; 1 when none of those that were named answers."""
    import json

    from tui_aide.models.servers import USUAL, ask

    urls = options.base_url or USUAL
    found = asyncio.run(ask(urls))
    rows = [{"model": "builtin", "base_url": None, "what": "rule-based proposer, no LLM; needs no server"}]
    rows += [{"model": m, "base_url": u, "what": f"served at {u}"} for u, models in found.items() for m in models]
    code = 1 if options.base_url and not found else 0
    if options.json:
        print(json.dumps(rows))
        return code
    width = max(len(str(r["model"])) for r in rows)
    for row in rows:
        print(f"{row['model']:<{width}}  {row['what']}")
    if not found:
        print(f"No model server answers at {', '.join(urls)}.")
    return code
