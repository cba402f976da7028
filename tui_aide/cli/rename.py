"""Rename a session."""

from __future__ import annotations

import argparse

from tui_aide.cli.options import add_session

EPILOG = """\
example:
  tui-aide rename digits-cactus-0707 digits-first-try
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `rename`."""
    add_session(parser)
    parser.add_argument("name", metavar="NAME", help="the new name")


def run(options: argparse.Namespace) -> int:
    """Rename the session, unless it runs."""
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.sessions.renaming import rename_session

    folder = find_session(options.session, sessions_dir(options.sessions_dir), to_write=True)
    renamed = rename_session(folder, options.name)
    print(f"{folder.id} is now {renamed.id}")
    return 0
