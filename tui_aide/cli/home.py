"""The home screen: what `tui-aide` without a command opens."""

from __future__ import annotations

import sys

from tui_aide.errors import UsageError


def open_home() -> int:
    """Open the home screen, and then the sessions that the user picks there."""
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise UsageError("no terminal here; see tui-aide --help for what works without one")
    from tui_aide.cli.viewing import say_goodbye
    from tui_aide.sessions.launch import launch_with_room
    from tui_aide.sessions.places import sessions_dir
    from tui_aide.tui.app import run_home

    opened = run_home(sessions_dir(), resume=launch_with_room)
    if opened is not None:
        say_goodbye(opened)
    return 0
