"""The output of a container: frames of both streams on one connection, taken apart into the spool."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from tui_aide.execution.pump import Pump, Sink

_HEADER = 8
_STDERR = 2
_HELLO = b"\0"
_FLOOD = 8192
_MOMENT = 0.001


class AttachedOutput(Pump):
    """Reads what an engine sends of an attached container.

    A frame is eight bytes, of which the first is 1 for stdout or 2 for stderr and the last four are a length, and as
    many bytes of output. The first byte of either stream is a greeting, which is answered once both have come; see
    `first.py`. Closing the connection ends the container's standard input.
    """

    def __init__(self, sink: Sink, connection: int) -> None:
        """Begin to read; the sink is closed at the end, the connection by `hang_up`.

        Raises:
            ExecutionError: there are too many open files.
        """
        self._header = bytearray()
        self._left = 0
        self._stderr = self._flooding = False
        self._strange = {False, True}
        self._connection = connection
        super().__init__(sink, os.dup(connection))

    def hang_up(self) -> None:
        """Close our end of the connection, which ends the container where it still runs."""
        if self._connection >= 0:
            os.close(self._connection)
            self._connection = -1

    def _read(self, fd: int, buffer: memoryview) -> int:
        """Read; of a flood, whose frames are small, what a moment brings, at once."""
        if self._flooding:
            time.sleep(_MOMENT)
        try:
            count = super()._read(fd, buffer)
        except OSError:  # the engine has died
            return 0
        self._flooding = count >= _FLOOD
        return count

    def _take(self, fd: int, data: memoryview) -> None:
        parts: list[memoryview] = []
        of_stderr = self._stderr
        for stderr, part in self._frames(data):
            if stderr in self._strange:
                part = self._greeted(fd, stderr, part)
                if not part:
                    continue
            if stderr != of_stderr and parts:
                self._sink.write(b"".join(parts), stderr=of_stderr)
                parts.clear()
            of_stderr = stderr
            parts.append(part)
        if parts:
            self._sink.write(parts[0] if len(parts) == 1 else b"".join(parts), stderr=of_stderr)

    def _greeted(self, fd: int, stderr: bool, part: memoryview) -> memoryview:
        """Return the first output of a stream without the greeting; an engine's own words have none."""
        self._strange.discard(stderr)
        if part[:1] != _HELLO:
            return part
        if not self._strange:
            with contextlib.suppress(OSError):  # it has ended
                os.write(fd, _HELLO)
        return part[1:]

    def _frames(self, data: memoryview) -> Iterator[tuple[bool, memoryview]]:
        """Yield the output in what was read, each part with whether it is stderr's."""
        while data:
            if not self._left:
                missing = _HEADER - len(self._header)
                self._header += data[:missing]
                data = data[missing:]
                if len(self._header) < _HEADER:
                    return
                self._stderr = self._header[0] == _STDERR
                self._left = int.from_bytes(self._header[4:], "big")
                self._header.clear()
                continue
            part = data[: self._left]
            self._left -= len(part)
            yield self._stderr, part
            data = data[len(part) :]
