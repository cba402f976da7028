"""The output of a container: frames of both streams on one connection, taken apart into the spool."""

from __future__ import annotations

import os

from tui_aide.execution.pump import Pump, Sink

_HEADER = 8
_STDERR = 2


class AttachedOutput(Pump):
    """Reads what an engine sends of an attached container.

    A frame is eight bytes, of which the first is 1 for stdout or 2 for stderr and the last four are a length, and as
    many bytes of output. Closing the connection ends the container's standard input.
    """

    def __init__(self, sink: Sink, connection: int) -> None:
        """Begin to read; the sink is closed at the end, the connection by `hang_up`.

        Raises:
            ExecutionError: there are too many open files.
        """
        self._header = bytearray()
        self._left = 0
        self._stderr = False
        self._connection = connection
        super().__init__(sink, os.dup(connection))

    def hang_up(self) -> None:
        """Close our end of the connection, which ends the container where it still runs."""
        if self._connection >= 0:
            os.close(self._connection)
            self._connection = -1

    def _read(self, fd: int, buffer: memoryview) -> int:
        try:
            return super()._read(fd, buffer)
        except OSError:  # the engine has died
            return 0

    def _take(self, fd: int, data: memoryview) -> None:
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
            self._sink.write(part, stderr=self._stderr)
            self._left -= len(part)
            data = data[len(part) :]
