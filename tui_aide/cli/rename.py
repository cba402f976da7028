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
    """Rename the session's folder, unless it runs."""
    from tui_aide.errors import SessionError, UsageError
    from tui_aide.sessions.folder import check_name
    from tui_aide.sessions.lock import WriterLock
    from tui_aide.sessions.places import find_session, sessions_dir

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    check_name(options.name)
    target = folder.path.with_name(options.name)
    if target.exists():
        raise UsageError(f"{target}: there is a session of this name")
    lock = WriterLock(folder)
    try:
        folder.path.rename(target)
    except OSError as e:
        raise SessionError(f"{folder.path}: cannot be renamed: {e.strerror}") from e
    finally:
        lock.release()
    print(f"{folder.id} is now {options.name}")
    return 0
