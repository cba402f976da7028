"""Which bytes of a script's output came from stderr, as the file beside it tells; read as it changes."""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path

_MOST_BYTES = 1 << 20


class StderrMarks:
    """The ranges of one output file. The file has a line `begin end` a range, in order, and is replaced as a whole."""

    def __init__(self, output: Path) -> None:
        self._path = output.with_suffix(".stderr")
        self._seen: tuple[int, int, int] | None = None
        self._begins: list[int] = []
        self._ends: list[int] = []

    def poll(self) -> bool:
        """Read the file where it has changed; return whether it had."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                seen = (status.st_ino, status.st_size, status.st_mtime_ns)
                if seen == self._seen:
                    return False
                data = file.read(_MOST_BYTES)
        except OSError:
            return False
        self._seen = seen
        begins, ends = [], []
        for line in data.splitlines():
            fields = line.split()
            if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
                begins.append(int(fields[0]))
                ends.append(int(fields[1]))
        self._begins, self._ends = begins, ends
        return True

    def touch(self, begin: int, end: int) -> bool:
        """Return whether any of the bytes from `begin` to before `end` came from stderr."""
        at = bisect_right(self._ends, begin)
        return at < len(self._begins) and self._begins[at] < end
