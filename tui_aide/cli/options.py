"""Options that several commands share; how their values are read is in `sessions.quantities`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from tui_aide.errors import UsageError
from tui_aide.sessions import quantities

T = TypeVar("T")


def _option(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a reader whose errors argparse tells with the option's name."""

    def named(text: str) -> T:
        try:
            return read(text)
        except UsageError as e:
            raise argparse.ArgumentTypeError(str(e)) from e

    return named


duration = _option(quantities.duration)
memory = _option(quantities.memory)
disk = _option(quantities.disk)
count = _option(quantities.count)
seed = _option(quantities.seed)


def at_most(limit: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from 1 to `limit`."""
    return _option(quantities.at_most(limit))


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add --sessions-dir."""
    parser.add_argument(
        "--sessions-dir",
        metavar="DIR",
        help="where the sessions are (or TUI_AIDE_SESSIONS_DIR; default: your data folder)",
    )


def add_session(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add SESSION and --sessions-dir."""
    parser.add_argument(
        "session",
        metavar="SESSION",
        nargs="?" if optional else None,
        help="name, start of a name, or folder" + ("; default: the latest" if optional else ""),
    )
    add_place(parser)


def add_budget(parser: argparse.ArgumentParser, nodes: str) -> None:
    """Add the budget's options."""
    group = parser.add_argument_group("budget")
    group.add_argument("--nodes", type=count, metavar="N", help=f"nodes to make ({nodes})")
    group.add_argument("--tokens", type=count, metavar="N", help="tokens of the model, such as 2m")
    group.add_argument("--time", type=duration, metavar="T", help="wall-clock time, such as 30m or 2h")
    group.add_argument("--execution-time", type=duration, metavar="T", help="time of all running scripts together")


def add_headless(parser: argparse.ArgumentParser) -> None:
    """Add --headless and --json."""
    group = parser.add_argument_group("output")
    group.add_argument("--headless", action="store_true", help="print plain lines instead of the screen")
    group.add_argument("--json", action="store_true", help="with --headless: one event a line, last the summary")
