"""Make the leaderboard of a bundled task: about a hundred teams, scored on its private test rows."""

from __future__ import annotations

import argparse
from pathlib import Path

EPILOG = """\
A salt makes a fresh instance of the task, with other rows and coefficients; its leaderboard belongs to that salt only.
One core, half a minute to two minutes a task.

examples:
  tui-aide bench leaderboard tumours
  tui-aide bench leaderboard tumours --salt "my own" -o leaderboard.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench leaderboard`."""
    parser.add_argument("task", metavar="TASK", help="a bundled task; `tui-aide tasks` lists them")
    parser.add_argument("--salt", default="", metavar="TEXT", help="of the instance (the bundled one)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there (standard output)")


def run(options: argparse.Namespace) -> int:
    """Make it, telling each team as it comes, and write it."""
    import os
    import sys

    from tui_aide.errors import UsageError
    from tui_aide.tasks.bundled.materialising import find

    task = find(options.task)
    target: Path | None = options.output
    if target is not None and not target.absolute().parent.is_dir():
        raise UsageError(f"--output: {target.absolute().parent} is no folder; make it first.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before scikit-learn is loaded: more threads change last digits
    from tui_aide.bench.teams.making import make_leaderboard
    from tui_aide.tasks.leaderboard import leaderboard_text
    from tui_aide.tasks.medals import DECIMALS, thresholds

    entries = make_leaderboard(task.name, options.salt, lambda line: print(line, file=sys.stderr, flush=True))
    teams = [entry.team for entry in entries]
    text = leaderboard_text(teams, task.direction, DECIMALS)
    limits = thresholds([team.score for team in teams], task.direction)
    print(
        f"{len(teams)} teams by {task.metric}: gold {limits.gold:.5f}, silver {limits.silver:.5f}, "
        f"bronze {limits.bronze:.5f}, median {limits.median:.5f}",
        file=sys.stderr,
    )
    if target is None:
        print(text, end="")
    else:
        target.write_text(text, encoding="utf-8", newline="\n")
    return 0
