"""The screen of a bench's run from the command line: when it is wanted, and what is said when it is left."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_aide.cli.terminal import shows_screens

if TYPE_CHECKING:
    from tui_aide.bench.run_folder import RunFolder


def add_headless(parser: argparse.ArgumentParser) -> None:
    """Add --headless and --json."""
    parser.add_argument("--headless", action="store_true", help="plain lines instead of the screen")
    parser.add_argument("--json", action="store_true", help="one event a line on standard output, and no screen")


def wants_screen(options: argparse.Namespace) -> bool:
    """Whether to show the screen: not where lines or JSON are asked for, nor without a terminal that can show it."""
    return not options.headless and not options.json and shows_screens() and sys.stderr.isatty()


def conduct_on_screen(run: RunFolder, *, retry_failed: bool = False) -> int:
    """Conduct a run in the background, and show it.

    Returns:
        0 when all cells are done and graded, or the run goes on; else 1.

    Raises:
        SessionError: another process conducts it, or its folder cannot be used.
    """
    from tui_aide.bench.launch import launch

    launch(run, retry_failed=retry_failed)
    return show_run(run)


def show_run(run: RunFolder) -> int:
    """Show a run until its screen is left, and say how to come back; return the exit code as above."""
    from tui_aide.bench.progress import ProgressReader
    from tui_aide.bench.run_folder import bench_dir
    from tui_aide.bench.telling import ended_of
    from tui_aide.cli.bench_conducting import last_words
    from tui_aide.cli.table import printable
    from tui_aide.tui.app import run_bench

    run_bench(run)
    progress = ProgressReader(run).read()
    if progress.conducted:
        word = run.name if run.path.parent == bench_dir() else run.path
        print(f"The run goes on without a screen. Come back: tui-aide bench attach {word}")
        return 0
    ended = ended_of(run, [cell.state for cell in progress.cells])
    for line in last_words(ended):
        print(printable(line))
    return 0 if ended.whole else 1
