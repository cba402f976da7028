"""How quantities are written and read: 2h, 10m, 4g, 1_000_000, 2m. The command line and the form take the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from tui_aide.errors import UsageError

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_NUMBERS = {"": 1, "k": 1_000, "m": 1_000_000}
LEAST_MEMORY = 64 << 20
"""Bytes that Python with the libraries of a small script takes at least."""

LEAST_DISK = 1 << 20


def duration(text: str) -> float:
    """Return the seconds that `90`, `90s`, `10m`, `2h` or `1h30m` say.

    Raises:
        UsageError: it says none; so for all readers here.
    """
    parts = re.findall(r"(\d{1,9}(?:\.\d+)?)([smhd]?)", text)
    if not parts or "".join(a + b for a, b in parts) != text or not all(unit for _, unit in parts[:-1]):
        raise UsageError(f"{text!r} is no duration; write for example 90s, 10m, 2h or 1h30m")
    seconds = sum(float(a) * _SECONDS[b] for a, b in parts)
    if seconds <= 0:
        raise UsageError(f"{text!r}: must be above 0")
    return seconds


def memory(text: str) -> int:
    """Return the bytes of memory that `500m` or `4g` say."""
    size = _bytes(text, "no amount of memory; write for example 500m or 4g")
    if size < LEAST_MEMORY:
        raise UsageError(f"{text!r}: no script can start in so little; write for example 500m or 4g")
    return size


def disk(text: str) -> int:
    """Return the bytes of disk that `500m` or `20g` say."""
    size = _bytes(text, "no amount of disk; write for example 500m or 20g")
    if size < LEAST_DISK:
        raise UsageError(f"{text!r}: scripts need more to write to; write for example 500m or 20g")
    return size


def count(text: str) -> int:
    """Return the whole number above 0 that `40`, `1_000` or `2m` say."""
    match = re.fullmatch(r"(\d[\d_]{0,17}(?:\.\d+)?)([km]?)", text.lower())
    if not match:
        raise UsageError(f"{text!r} is no number; write for example 40, 1_000 or 2m")
    value = int(float(match[1].replace("_", "")) * _NUMBERS[match[2]])
    if value < 1:
        raise UsageError(f"{text!r}: must be at least 1")
    return value


def seed(text: str) -> int:
    """Return a whole number of 0 or more."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise UsageError(f"{text!r} is no seed; write a whole number of 0 or more")
    return int(text)


def at_most(limit: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from 1 to `limit`."""

    def read(text: str) -> int:
        value = count(text)
        if value > limit:
            raise UsageError(f"{text!r}: at most {limit}")
        return value

    return read


def write_duration(seconds: float) -> str:
    """Return seconds as `duration` reads them: `90s`, `10m`, `2h`."""
    for unit in ("h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:.0f}{unit}"
    return f"{seconds:.15g}s" if seconds >= 1e-3 else f"{seconds:f}s"


def write_size(size: int) -> str:
    """Return bytes as `memory` and `disk` read them: `512m`, `4g`."""
    for unit in ("t", "g", "m", "k"):
        if size % _BYTES[unit] == 0:
            return f"{size // _BYTES[unit]}{unit}"
    return str(size)


def _bytes(text: str, otherwise: str) -> int:
    match = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)([kmgt]?)(?:i?b)?", text.lower())
    if not match:
        raise UsageError(f"{text!r} is {otherwise}")
    return int(float(match[1]) * _BYTES[match[2]])
