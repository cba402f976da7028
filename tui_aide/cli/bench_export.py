"""Write what other programs read of a run: MLE-bench's submission.jsonl."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui_aide.cli.bench import add_bench_dir

EPILOG = """\
The file has a line for each cell over a competition of MLE-bench that has begun. Grade it by
MLE-bench's own command:

  mlebench grade --submission submission.jsonl --output-dir reports

examples:
  tui-aide bench export thesis --mlebench submission.jsonl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench export`."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="name or path of a run (the last one made)")
    parser.add_argument("--mlebench", required=True, metavar="FILE", help="the submission.jsonl to write")
    add_bench_dir(parser)


def run(options: argparse.Namespace) -> int:
    """Write the file."""
    from tui_aide.bench.mlebench.submissions import write_submissions
    from tui_aide.bench.run_folder import bench_dir, find_run

    found = find_run(options.run, bench_dir(options.bench_dir))
    goal = Path(options.mlebench).expanduser()
    count = write_submissions(found, goal)
    print(f"{goal}: {count} {'line' if count == 1 else 'lines'}")
    return 0
