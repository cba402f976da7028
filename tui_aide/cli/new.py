"""Fill in a form on the screen, with the data before your eyes, and start a search."""

from __future__ import annotations

import argparse

from tui_aide.cli.options import add_place

EPILOG = """\
examples:
  tui-aide new
  tui-aide new ./house-prices
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `new`."""
    parser.add_argument("task", metavar="TASK", nargs="?", default="", help="a folder, or the name of a bundled task")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Open the form above the home screen."""
    from tui_aide.cli.home import open_home

    return open_home(options.sessions_dir, new=options.task)
