"""Options that several commands share, and how their values are read: 2h, 10m, 4g, 1_000_000."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
LEAST_MEMORY = 64 << 20
"""Bytes that Python with the libraries of a small script takes at least."""

LEAST_DISK = 1 << 20

_NUMBERS = {"": 1, "k": 1_000, "m": 1_000_000}


def duration(text: str) -> float:
    """Return the seconds that `90`, `90s`, `10m`, `2h` or `1h30m` say."""
    parts = re.findall(r"(\d{1,9}(?:\.\d+)?)([smhd]?)", text)
    if not parts or "".join(a + b for a, b in parts) != text or not all(unit for _, unit in parts[:-1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write for example 90s, 10m, 2h or 1h30m")
    seconds = sum(float(a) * _SECONDS[b] for a, b in parts)
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"{text!r}: must be above 0")
    return seconds


def memory(text: str) -> int:
    """Return the bytes that `500m` or `4g` say."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)([kmgt]?)(?:i?b)?", text.lower())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of memory; write for example 500m or 4g")
    size = int(float(match[1]) * _BYTES[match[2]])
    if size < LEAST_MEMORY:
        raise argparse.ArgumentTypeError(f"{text!r}: no script can start in so little; write for example 500m or 4g")
    return size


def disk(text: str) -> int:
    """Return the bytes that `500m` or `20g` say.

    Raises:
        ArgumentTypeError: it says no amount, or less than the smallest of scripts writes.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)([kmgt]?)(?:i?b)?", text.lower())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of disk; write for example 500m or 20g")
    size = int(float(match[1]) * _BYTES[match[2]])
    if size < LEAST_DISK:
        raise argparse.ArgumentTypeError(f"{text!r}: scripts need more to write to; write for example 500m or 20g")
    return size


def count(text: str) -> int:
    """Return the whole number above 0 that `40`, `1_000` or `2m` say."""
    match = re.fullmatch(r"(\d[\d_]{0,17}(?:\.\d+)?)([km]?)", text.lower())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; write for example 40, 1_000 or 2m")
    value = int(float(match[1].replace("_", "")) * _NUMBERS[match[2]])
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: must be at least 1")
    return value


def seed(text: str) -> int:
    """Return a whole number of 0 or more."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; write a whole number of 0 or more")
    return int(text)


def at_most(limit: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from 1 to `limit`."""

    def read(text: str) -> int:
        value = count(text)
        if value > limit:
            raise argparse.ArgumentTypeError(f"{text!r}: at most {limit}")
        return value

    return read


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
