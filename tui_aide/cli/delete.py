"""Delete a session with all that it holds."""

from __future__ import annotations

import argparse
import sys

from tui_aide.cli.options import add_session

EPILOG = """\
examples:
  tui-aide delete digits-cactus-0707
  tui-aide delete digits-cactus-0707 --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `delete`."""
    add_session(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(options: argparse.Namespace) -> int:
    """Delete the session, unless it runs."""
    from tui_aide.errors import SessionError, UsageError
    from tui_aide.sessions.lock import WriterLock
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.tasks.read_only import remove_tree

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    lock = WriterLock(folder)
    try:
        if not options.yes:
            if not sys.stdin.isatty():
                raise UsageError("delete asks first and there is no terminal here; say --yes")
            if input(f"Delete {folder.path} for good? [y/N] ").strip().lower() not in ("y", "yes"):
                print("kept")
                return 1
        try:
            remove_tree(folder.path)
        except OSError as e:
            raise SessionError(f"{e.filename}: cannot be deleted: {e.strerror}") from e
    finally:
        lock.release()
    print(f"deleted {folder.id}")
    return 0
