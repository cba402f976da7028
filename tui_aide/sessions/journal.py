"""The journal on disk: appended by one writer, read and followed by any number of viewers."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import msgspec

from tui_aide.errors import SessionError
from tui_aide.tree.events import FORMAT, AnyEvent, Event, SessionStarted, decode, encode


class JournalWriter:
    """Appends events, one JSON line each; what is appended survives the death of this process at once.

    `sync` makes it survive a power cut, too; call it regularly, it does nothing when nothing was added.
    """

    def __init__(self, path: Path, last_seq: int = 0) -> None:
        self._seq = last_seq
        self._dirty = False
        self._path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, event: Event) -> Event:
        """Stamp the event with the next `seq` and the time, write it and return it.

        Raises:
            SessionError: it could not be written in full (no space); nothing half stays behind.
        """
        stamped = msgspec.structs.replace(event, seq=self._seq + 1, time=time.time())
        line = encode(stamped)
        size = os.fstat(self._fd).st_size
        try:
            written = os.write(self._fd, line)
            if written < len(line):
                raise OSError(28, "No space left on device")
        except OSError as e:
            os.ftruncate(self._fd, size)
            raise SessionError(f"{self._path}: cannot be written: {e.strerror}; free some space, then resume") from e
        self._seq += 1
        self._dirty = True
        return stamped

    async def sync(self) -> None:
        """Force what was appended to the disk, outside the event loop."""
        if self._dirty:
            self._dirty = False
            await asyncio.to_thread(os.fsync, self._fd)

    def close(self) -> None:
        """Force to the disk and close."""
        os.fsync(self._fd)
        os.close(self._fd)


class JournalReader:
    """Reads complete lines since the last call, so that following a live journal is calling `read` again.

    A line without its end is left for later: while a writer lives it may still grow; after a power cut it is torn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._size = 0

    @property
    def torn(self) -> int:
        """Bytes of an incomplete last line, 0 when the journal ends in order."""
        return self._size - self._offset

    def drop_torn(self) -> int:
        """Cut an incomplete last line (power loss) off a journal that nobody writes; return its bytes."""
        torn = self.torn
        if torn:
            os.truncate(self.path, self._offset)
            self._size = self._offset
        return torn

    def read(self) -> list[AnyEvent]:
        """Return the events that were added since the last call; none where there is no journal yet.

        Raises:
            SessionError: the file cannot be read, is of a newer format, or damaged before its last line.
        """
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size == self._size:
                    return []
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        except OSError as e:
            raise SessionError(f"{self.path}: cannot be read: {e.strerror}") from e
        self._size = self._offset + len(data)
        complete = data[: data.rfind(b"\n") + 1]
        try:
            events = [self._decode(line) for line in complete.splitlines()]
        except SessionError:
            self._size = -1  # so that each further call comes here again
            raise
        self._offset += len(complete)
        return events

    def _decode(self, line: bytes) -> AnyEvent:
        try:
            event = decode(line)
        except msgspec.DecodeError as e:
            raise SessionError(f"{self.path}: damaged line {line[:60]!r}: {e}") from e
        if isinstance(event, SessionStarted) and event.format > FORMAT:
            raise SessionError(
                f"{self.path}: journal format {event.format} is newer than this tui_aide's {FORMAT}; update tui_aide"
            )
        return event
