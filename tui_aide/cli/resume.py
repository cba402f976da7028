"""Go on with a finished, stopped or killed session."""

from __future__ import annotations

import argparse
import sys

from tui_aide.cli.options import add_budget, add_headless, add_session

EPILOG = """\
Nodes that were in flight start again and count once. The budget's options replace the session's limits.

examples:
  tui-aide resume digits-cactus-0707 --nodes 40
  tui-aide resume digits-cactus-0707 --headless
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `resume`."""
    add_session(parser, optional=True)
    add_budget(parser, "as before")
    add_headless(parser)


def run(options: argparse.Namespace) -> int:
    """Start a runner on the session and show it."""
    from tui_aide.cli.budget import budget_of
    from tui_aide.cli.viewing import print_session, say_no_screen, show_screen, wants_screen
    from tui_aide.sessions.launch import check_room, launch
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.sessions.view import SessionView

    screen = wants_screen(options)
    folder = find_session(options.session, sessions_dir(options.sessions_dir), to_write=True)
    view = SessionView(folder)
    view.refresh()
    budget = budget_of(options)
    check_room(view, budget)
    launch(folder, budget)
    print(f"session {folder.id} in {folder.path}", file=sys.stderr)
    if screen:
        return show_screen(folder)
    say_no_screen(options)
    return print_session(folder, as_json=options.json, since=view.tree.last_seq)
