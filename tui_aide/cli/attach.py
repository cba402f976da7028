"""View and steer a running session; one that has ended is shown as it is."""

from __future__ import annotations

import argparse

from tui_aide.cli.options import add_headless, add_session

EPILOG = """\
examples:
  tui-aide attach                       the latest session that runs, else the latest
  tui-aide attach digits-cactus-0707
  tui-aide attach --headless            lines; Ctrl-C leaves, and the search goes on
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `attach`."""
    add_session(parser, optional=True)
    add_headless(parser)


def run(options: argparse.Namespace) -> int:
    """Show the session."""
    from tui_aide.cli.viewing import print_session, say_no_screen, show_screen, wants_screen
    from tui_aide.sessions.places import find_session, sessions_dir

    screen = wants_screen(options)
    folder = find_session(options.session, sessions_dir(options.sessions_dir), running_first=True)
    if screen:
        return show_screen(folder)
    say_no_screen(options)
    return print_session(folder, as_json=options.json, stops=False)
