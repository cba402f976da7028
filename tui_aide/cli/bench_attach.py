"""Show a run of the bench, whether it goes on or has ended."""

from __future__ import annotations

import argparse

from tui_aide.cli.bench import add_bench_dir
from tui_aide.errors import UsageError

EPILOG = """\
Leaving the screen stops nothing. Its keys go on with a run that nobody conducts, try failed cells again, stop a run,
and write its report; ? lists them.

examples:
  tui-aide bench attach                the latest run
  tui-aide bench attach mini-2
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench attach`."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="name, start of a name, or folder; default: the latest")
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Show the run."""
    from tui_aide.bench.run_folder import bench_dir, find_run
    from tui_aide.cli.bench_screen import show_run
    from tui_aide.cli.terminal import shows_screens, why_no_screen

    folder = find_run(options.run, bench_dir(options.bench_dir))
    if not shows_screens():
        raise UsageError(f"{why_no_screen()}; how {folder.name} stands is told by: tui-aide bench list")
    show_run(folder)
    return 0
