"""The journal on disk: appended by one writer, read and followed by any number of viewers."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.journal_formats import LineDecoder
from tui_aide.sessions.write_errors import cannot_write
from tui_aide.tree.events import AnyEvent, Event, encode

_UNSURE_BYTES = 1 << 16
"""So much at a journal's end may be what a power cut left of lines that were not forced to the disk yet."""


class JournalWriter:
    """Appends events, one JSON line each; what is appended survives the death of this process at once.

    `sync` makes it survive a power cut, too; call it regularly, it does nothing when nothing was added.

    Attributes:
        dirty: whether something was added since the last `sync`.
    """

    def __init__(self, path: Path, last_seq: int = 0) -> None:
        """Open the journal, or begin it.

        Raises:
            SessionError: it cannot be written.
        """
        self._seq = last_seq
        self.dirty = False
        self._path = path
        self._half: int | None = None  # where a line begins that was neither written nor taken back
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as e:
            raise cannot_write(path, e) from e

    def append(self, event: Event) -> Event:
        """Stamp the event with the next `seq` and the time, write it and return it.

        Raises:
            SessionError: it could not be written in full (no space); nothing half stays behind.
        """
        stamped = msgspec.structs.replace(event, seq=self._seq + 1, time=time.time())
        line = encode(stamped)
        try:
            if self._half is not None:
                self._take_back(self._half)
            size = os.fstat(self._fd).st_size
            try:
                written = os.write(self._fd, line)
                while written < len(line):  # the rest is refused with the reason
                    more = os.write(self._fd, line[written:])
                    if not more:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    written += more
            except OSError:
                self._half = size
                with contextlib.suppress(OSError):
                    self._take_back(size)
                raise
        except OSError as e:
            raise cannot_write(self._path, e) from e
        self._seq += 1
        self.dirty = True
        return stamped

    def _take_back(self, size: int) -> None:
        os.ftruncate(self._fd, size)
        self._half = None

    def sync(self) -> None:
        """Force what was appended to the disk; it may take long, and be called in a thread beside `append`.

        Raises:
            SessionError: the disk does not take it.
        """
        if self.dirty:
            self.dirty = False
            try:
                os.fsync(self._fd)
            except OSError as e:
                self.dirty = True
                raise cannot_write(self._path, e) from e

    def close(self) -> None:
        """Force to the disk and close.

        Raises:
            SessionError: the disk does not take it.
        """
        try:
            self.sync()
        finally:
            os.close(self._fd)


class JournalReader:
    """Reads complete lines since the last call, so that following a live journal is calling `read` again.

    A line without its end is left for later: while a writer lives it may still grow; after a power cut it is torn, and
    so is all from the first zero byte on that lies near the end.

    Attributes:
        behind: whether the last call left lines unread, for its limit.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.behind = False
        self._offset = 0
        self._size = self._end = 0
        self._decoder = LineDecoder()

    @property
    def share(self) -> float:
        """Share of the journal that was read, 0..1."""
        return self._offset / self._end if self._end else 1.0

    @property
    def torn(self) -> int:
        """Bytes of an incomplete last line, 0 when the journal ends in order."""
        return self._size - self._offset

    def drop_torn(self) -> int:
        """Cut an incomplete last line (power loss) off a journal that nobody writes; return its bytes.

        Raises:
            SessionError: the journal cannot be written.
        """
        torn = self.torn
        if torn:
            try:
                os.truncate(self.path, self._offset)
            except OSError as e:
                raise cannot_write(self.path, e) from e
            self._size = self._offset
        return torn

    def read(self, limit: int | None = None) -> list[AnyEvent]:
        """Return the events that were added since the last call; none where there is no journal yet.

        Args:
            limit: bytes after which to stop at the end of a line, so that a long journal can be read in slices; None
                reads to its end. A line that is longer than that is read with all behind it.

        Raises:
            SessionError: the file cannot be read, is of a newer format, or damaged before its last line.
        """
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size == self._size:
                    return []
                file.seek(self._offset)
                data = file.read(limit if limit is not None else -1)
                if len(data) == limit and b"\n" not in data:
                    data += file.read()
        except FileNotFoundError:
            return []
        except OSError as e:
            raise SessionError(f"{self.path}: cannot be read: {e.strerror}") from e
        self._size = self._offset + len(data)
        self._end = max(size, self._size)
        self.behind = self._size < self._end
        end = len(data) if self.behind else _end_of_text(data)
        complete = data[: data.rfind(b"\n", 0, end) + 1]
        try:
            events = [self._decoder.decode(line) for line in complete.split(b"\n")[:-1]]
        except SessionError as e:
            self._size = -1  # so that each further call comes here again
            raise SessionError(f"{self.path}: {e}") from e
        self._offset += len(complete)
        return events


def _end_of_text(data: bytes) -> int:
    """Return where lines end and blocks begin that a power cut left unwritten: these are zeros, which no line has."""
    zero = data.find(b"\0")
    return zero if zero >= 0 and len(data) - zero <= _UNSURE_BYTES else len(data)
