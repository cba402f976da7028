"""The file that a script's output goes to: opened for appending, cut in the middle when it grew too long."""

from __future__ import annotations

import os
from pathlib import Path

KEPT = 4_000_000
"""Bytes kept at each end of an output that is too long."""
_SEARCH = 4096


def open_spool(path: Path) -> int:
    """Return a descriptor that appends to the file at `path`; it is made where it is missing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)


def length(path: Path) -> int:
    """Return the bytes in the file at `path`, 0 where there is none (the script may have removed it)."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def shorten(path: Path, start: int, limit: int) -> int:
    """Cut the middle out of what was written to `path` from byte `start` on, if that is more than `limit` bytes.

    The head and the tail stay, cut at line ends where there are some, with a line between them that says how much is
    missing.

    Returns:
        The bytes that were cut out; 0 where the file was short enough.
    """
    size = length(path)
    if size - start <= limit:
        return 0
    kept = min(KEPT, limit // 2)
    with path.open("r+b") as file:
        head_end, tail_start = start + kept, size - kept
        window = min(_SEARCH, kept)
        file.seek(head_end - window)
        newline = file.read(window).rfind(b"\n")
        if newline >= 0:
            head_end += newline + 1 - window
        file.seek(tail_start)
        tail = file.read()
        newline = tail.find(b"\n", 0, window)
        if newline >= 0:
            tail_start, tail = tail_start + newline + 1, tail[newline + 1 :]
        cut = tail_start - head_end
        file.seek(head_end)
        file.truncate()
        file.write(b"\n[... %d bytes of output cut out ...]\n" % cut)
        file.write(tail)
    return cut
