"""The file that a script's output goes to: head and tail are kept, the middle is counted, stderr's part is marked."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from pathlib import Path

from tui_aide.errors import ExecutionError

KEPT = 4_000_000
"""Bytes kept at each end of an output that is too long."""
_SEARCH = 4096
_STEP = 1 << 17
"""Bytes that a tail is moved by at once: what a thread once took, its C library keeps for its next ones."""
_MOST_MARKS = 20_000


def marks_of(output: Path) -> Path:
    """Return the file beside a spool that tells which of its bytes came from stderr: a line `start end` a range."""
    return output.with_suffix(".stderr")


class Spool:
    """Takes what one run prints and appends it to a file that stays below about `4 * kept` bytes a run.

    What stands in the file already is left alone. Not thread-safe: one thread writes.

    Attributes:
        total: bytes that were written, those cut out included.
        cut: bytes that were cut out of the middle.
        error: why the file could not be written to, such as a full disk; output is then only counted.
    """

    def __init__(self, path: Path, kept: int = KEPT) -> None:
        """Open the file; it is made where it is missing.

        Raises:
            ExecutionError: it cannot be written.
        """
        self.total = self.cut = 0
        self.error: OSError | None = None
        self._path, self._kept = path, kept
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise ExecutionError(f"{path} cannot be written: {error.strerror}.") from error
        self._start = self._size = os.lseek(self._fd, 0, os.SEEK_END)
        self._head_end = self._note_length = 0
        self._marks: deque[list[int]] = deque()
        self._unwritten = 0

    def write(self, data: bytes | memoryview, *, stderr: bool = False) -> None:
        """Append output; never raises for the file's sake."""
        self.total += len(data)
        if self.error is not None:
            return
        begin = self._size
        try:
            while data:
                written = os.pwrite(self._fd, data, self._size)
                self._size += written
                data = data[written:]
            if self._size - self._start > 4 * self._kept:
                if stderr:
                    self._mark(begin, self._size)
                self._shorten()
                return
        except OSError as error:
            self.error = error
        if stderr and self._size > begin:
            self._mark(begin, self._size)

    def close(self) -> None:
        """Close the file, cut where it is longer than head and tail, and write which bytes were stderr's."""
        if self.error is None and self._size - self._start > 2 * self._kept + 100:
            with contextlib.suppress(OSError):
                self._shorten()
        self.write_marks()
        os.close(self._fd)

    def write_marks(self) -> None:
        """Tell the readers of the marks what came since the last time; a full disk costs only the marks."""
        if self._unwritten:
            self._unwritten = 0
            lines = "".join(f"{a} {b}\n" for a, b in self._marks)
            path = marks_of(self._path)
            fresh = path.with_suffix(".new")
            with contextlib.suppress(OSError):
                before = path.read_text().splitlines(True) if self._start and path.exists() else []
                earlier = "".join(line for line in before if int(line.split()[1]) <= self._start)
                fresh.write_text(earlier + lines)
                fresh.replace(path)

    def _mark(self, begin: int, end: int) -> None:
        """Note a range as stderr's; of too many the oldest are forgotten."""
        if self._marks and self._marks[-1][1] == begin:
            self._marks[-1][1] = end
        else:
            self._marks.append([begin, end])
            if len(self._marks) > _MOST_MARKS:
                self._marks.popleft()
        self._unwritten += 1

    def _shorten(self) -> None:
        """Cut the middle out, at line ends where there are some, and leave a line that says how much is missing."""
        if not self._head_end:
            self._head_end = self._start + self._kept
            reach = min(_SEARCH, self._kept)
            newline = os.pread(self._fd, reach, self._head_end - reach).rfind(b"\n")
            if newline >= 0:
                self._head_end += newline + 1 - reach
        begin, end = self._size - self._kept, self._size
        newline = os.pread(self._fd, min(_SEARCH, self._kept), begin).find(b"\n")
        if newline >= 0:
            begin += newline + 1
        self.cut += begin - self._head_end - self._note_length
        words = b"\n[... %d bytes of output cut out ...]\n" % self.cut
        self._note_length = len(words)
        at = self._head_end + _write(self._fd, words, self._head_end)  # still before the tail: see when this is called
        for first in range(begin, end, _STEP):
            at += _write(self._fd, os.pread(self._fd, min(_STEP, end - first), first), at)
        self._size = at
        os.ftruncate(self._fd, at)
        self._shift(begin, at - end)

    def _shift(self, begin: int, by: int) -> None:
        """Move the marks of the tail, which began at `begin`, and drop those of what was cut out."""
        kept: deque[list[int]] = deque()
        for a, b in self._marks:
            if a < self._head_end:
                kept.append([a, min(b, self._head_end)])
            if b > begin:
                kept.append([max(a, begin) + by, b + by])
        self._marks = kept
        self._unwritten += 1


def _write(fd: int, data: bytes, at: int) -> int:
    """Write all of some bytes at a place; return how many these were."""
    left = memoryview(data)
    while left:
        written = os.pwrite(fd, left, at)
        at += written
        left = left[written:]
    return len(data)


def read_marks(output: Path) -> list[tuple[int, int]]:
    """Return the ranges of bytes of a spool that came from stderr, in order; none where that is not known."""
    try:
        lines = marks_of(output).read_text().splitlines()
        return [(int(a), int(b)) for a, b in (line.split() for line in lines)]
    except (OSError, ValueError):
        return []
