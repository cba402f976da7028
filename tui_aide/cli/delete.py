"""Delete sessions with all that they hold."""

from __future__ import annotations

import argparse

from tui_aide.cli.options import add_place

EPILOG = """\
examples:
  tui-aide delete digits-cactus-0707
  tui-aide delete digits-cactus-0707 tumours-oak-1234 --yes
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `delete`."""
    parser.add_argument("sessions", metavar="SESSION", nargs="+", help="names, starts of names, or folders")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Delete the sessions; when one of them runs, or is none, nothing is deleted."""
    from tui_aide.cli.confirming import confirmed
    from tui_aide.cli.table import printable
    from tui_aide.errors import SessionError
    from tui_aide.sessions.disk_use import disk_use
    from tui_aide.sessions.lock import is_running
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.sessions.removal import remove_session
    from tui_aide.tui.figures import size

    place = sessions_dir(options.sessions_dir)
    found = {f.path: f for f in (find_session(word, place, to_write=True) for word in options.sessions)}
    for folder in found.values():
        if is_running(folder):
            raise SessionError(f"session {folder.id} is running; stop it first: tui-aide send {folder.id} stop")
    sizes = {folder.id: size(disk_use(path)) for path, folder in found.items()}
    names = ", ".join(f"{printable(name)} ({bytes_})" for name, bytes_ in sizes.items())
    if not confirmed("delete", f"Delete {names} for good?", yes=options.yes):
        print("kept")
        return 1
    for folder in found.values():
        remove_session(folder)
        print(f"deleted {printable(folder.id)}")
    return 0
