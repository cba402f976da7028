"""What a running script prints and uses, gathered on its node until it is worth a message."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from tui_aide.execution.executor import Usage
from tui_aide.execution.remote.messages import Printed

_PIECE = 1 << 20
_SECONDS = 0.1
_MOST = 4 << 20
_LOOK = 0.05
"""An interrupt of the task is only seen between two waits."""


class Stream:
    """Takes output from the thread that reads the script's pipes, and usage; gives messages to the task.

    More than 4 MB are not kept: the writer waits, and so does the script, until the task has sent some.

    Attributes:
        total: bytes that were written.
        error: always None; a spool would tell of its disk here.
    """

    def __init__(self) -> None:
        self.total = 0
        self.error: OSError | None = None
        self._condition = threading.Condition()
        self._pieces: list[tuple[bool, bytearray]] = []
        self._kept = 0
        self._usage: Usage | None = None
        self._over = self._abandoned = False
        self._sent = 0.0

    def opened(self, _output: Path, _kept: int) -> Stream:
        """Return this stream, in the place of a spool."""
        return self

    def write(self, data: bytes | memoryview, *, stderr: bool = False) -> None:
        """Take output; waits while too much is kept."""
        self.total += len(data)
        with self._condition:
            while self._kept > _MOST and not self._abandoned:
                self._condition.wait()
            if self._abandoned:
                return
            if self._pieces and self._pieces[-1][0] == stderr:
                self._pieces[-1][1].extend(data)
            else:
                self._pieces.append((stderr, bytearray(data)))
            self._kept += len(data)
            self._condition.notify_all()

    def write_marks(self) -> None:
        """Do nothing: each piece says which stream it is of."""

    def close(self) -> None:
        """Do nothing: the run tells its end by `finish`."""

    def use(self, usage: Usage) -> None:
        """Take what the script uses now."""
        with self._condition:
            self._usage = usage
            self._condition.notify_all()

    def finish(self) -> None:
        """Say that nothing more comes."""
        with self._condition:
            self._over = True
            self._condition.notify_all()

    def abandon(self) -> None:
        """Say that nobody listens any more: output is counted and dropped."""
        with self._condition:
            self._abandoned = True
            self._pieces.clear()
            self._kept = 0
            self._condition.notify_all()

    def take(self) -> Printed | None:
        """Wait for the next message: of 1 MB, or of what came in the 100 ms since the last; None after the end."""
        with self._condition:
            while not self._over and not (self._kept >= _PIECE or self._due()):
                self._condition.wait(_LOOK)
            if not self._pieces and self._usage is None:
                return None
            pieces, size = [], 0
            while self._pieces and size < _PIECE:
                stderr, data = self._pieces.pop(0)
                if size + len(data) > 2 * _PIECE:
                    self._pieces.insert(0, (stderr, data[_PIECE:]))
                    data = data[:_PIECE]
                pieces.append((stderr, bytes(data)))
                size += len(data)
            message = Printed(tuple(pieces), self._usage)
            self._kept -= size
            self._usage = None
            self._sent = time.monotonic()
            self._condition.notify_all()
            return message

    def _due(self) -> bool:
        left = self._sent + _SECONDS - time.monotonic()
        if self._pieces and left > 0:
            self._condition.wait(min(left, _LOOK))
            left = self._sent + _SECONDS - time.monotonic()
        return (bool(self._pieces) and left <= 0) or self._usage is not None
