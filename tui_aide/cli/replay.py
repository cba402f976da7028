"""Play a recorded session: the search screen as it was, at any speed. Nothing of the session is changed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_session

if TYPE_CHECKING:
    from tui_aide.sessions.recording import Recording

EPILOG = """\
Times at which nothing was under way are shortened. On the screen: space stands still, [ and ] change the speed, < and >
go by one event, { and } from node to node; the bar can be clicked. ? shows all keys.

examples:
  tui-aide replay digits-cactus-0707 --speed 100
  tui-aide replay digits-cactus-0707 --from 12           from where node 12 began
  tui-aide replay digits-cactus-0707 --headless --speed 0    all lines at once
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `replay`."""
    add_session(parser, optional=True)
    parser.add_argument(
        "--speed", type=_speed, default=10.0, metavar="N", help="1 to 1000 recorded seconds a second (default: 10)"
    )
    parser.add_argument("--from", dest="node", type=_node, metavar="NODE", help="begin where this node began")
    group = parser.add_argument_group("output")
    group.add_argument("--headless", action="store_true", help="print plain lines at that speed; --speed 0: at once")
    group.add_argument("--json", action="store_true", help="with --headless: one event a line, last the summary")


def run(options: argparse.Namespace) -> int:
    """Play the session."""
    from tui_aide.cli.viewing import say_no_screen, wants_screen
    from tui_aide.errors import UsageError
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.sessions.recording import Recording

    screen = wants_screen(options)
    if screen and not options.speed:
        raise UsageError("--speed 0 goes with --headless; on the screen it is 1 to 1000")
    recording = Recording(find_session(options.session, sessions_dir(options.sessions_dir)))
    start = recording.start
    if options.node is not None:
        begun = recording.begin_of(options.node)
        if begun is None:
            last = max(recording.work.nodes, default=None)
            there = f"; there are #0 to #{last}" if last is not None else " at all"
            raise UsageError(f"--from {options.node}: session {recording.folder.id} has no node #{options.node}{there}")
        start = begun
    if not screen:
        say_no_screen(options)
        return _print(recording, options.speed, start, as_json=options.json)
    from tui_aide.tui.app import run_replay
    from tui_aide.tui.replay_feed import ReplayFeed

    feed = ReplayFeed(recording, options.speed)
    feed.seek(start)
    run_replay(feed)
    return 0


def _print(recording: Recording, speed: float, start: float, *, as_json: bool) -> int:
    """Print the events from a time on, each when its time has come, or at once where the speed is 0."""
    import time

    import msgspec

    from tui_aide.cli.viewing import closing_lines, print_event, printable
    from tui_aide.errors import SessionError
    from tui_aide.sessions.summary import summarise
    from tui_aide.sessions.view import SessionView
    from tui_aide.tui.feed import unknown_node
    from tui_aide.tui.replay_clock import STILL_SECONDS, ReplayClock

    view = SessionView(recording.folder)
    clock = ReplayClock(recording, speed, time.monotonic) if speed else None
    if clock is not None:
        clock.seek(start)
    for event, moment in zip(recording.events, recording.times, strict=True):
        while clock is not None and clock.time < moment:
            time.sleep(min(0.05, max(0.001, (moment - clock.time) / speed), STILL_SECONDS))
            clock.tick()
        try:
            view.tree.apply(event)
        except KeyError as e:
            raise SessionError(unknown_node(recording.folder, e)) from e
        if moment >= start:
            print_event(view, event, as_json)
    if as_json:
        summary = summarise(recording.folder, view.tree, status=view.status)
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        for line in closing_lines(view):
            print(printable(line))
    return 0


def _speed(text: str) -> float:
    try:
        speed = float(text.rstrip("x×"))
    except ValueError:
        speed = -1.0
    if speed != 0 and not 1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; write a number from 1 to 1000")
    return speed


def _node(text: str) -> int:
    digits = text.lstrip("#")
    if not digits.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no node; write its number, such as 12")
    return int(digits)
