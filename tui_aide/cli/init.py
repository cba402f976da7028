"""Write task.toml for a folder with data: what was inferred, and why."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EPILOG = """\
example:
  tui-aide init ./house-prices
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `init`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with train.csv and test.csv")
    parser.add_argument("--force", action="store_true", help="replace a task.toml that is there")


def run(options: argparse.Namespace) -> int:
    """Infer the task, write the file and print it."""
    from tui_aide.tasks.writing import init_task

    _task, path = init_task(options.folder, force=options.force)
    print(path.read_text(encoding="utf-8"), end="")
    print(f"wrote {path}; start with: tui-aide run {options.folder}", file=sys.stderr)
    return 0
