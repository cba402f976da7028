"""Go on with a bench's run where it was, at the node."""

from __future__ import annotations

import argparse

from tui_aide.cli.bench import add_bench_dir
from tui_aide.cli.bench_screen import add_headless

EPILOG = """\
Cells that were not begun begin; searches that were stopped, or whose runner died, go on at the node; what was not
graded is graded. Failed cells stay as they are unless --retry-failed is given.

examples:
  tui-aide bench resume
  tui-aide bench resume mini-2 --retry-failed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench resume`."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="name, start of a name, or folder; default: the latest")
    parser.add_argument("--retry-failed", action="store_true", help="try failed cells again, too")
    add_headless(parser)
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Conduct the run."""
    from tui_aide.bench.run_folder import bench_dir, find_run
    from tui_aide.cli.bench_conducting import conduct
    from tui_aide.cli.bench_screen import conduct_on_screen, wants_screen

    folder = find_run(options.run, bench_dir(options.bench_dir))
    if wants_screen(options):
        return conduct_on_screen(folder, retry_failed=options.retry_failed)
    return conduct(folder, as_json=options.json, retry_failed=options.retry_failed)
