"""Go on with a bench's run where it was, at the node."""

from __future__ import annotations

import argparse

from tui_aide.cli.bench import add_bench_dir

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
    parser.add_argument("--json", action="store_true", help="one event a line on standard output, no plain lines")
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Conduct the run."""
    from tui_aide.bench.run_folder import bench_dir, find_run
    from tui_aide.cli.bench_conducting import conduct

    folder = find_run(options.run, bench_dir(options.bench_dir))
    return conduct(folder, as_json=options.json, retry_failed=options.retry_failed)
