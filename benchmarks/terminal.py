"""A pseudo-terminal that runs a program, drains what it draws, and tells when something appeared."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from types import TracebackType


class Terminal:
    """A program on a terminal of its own; use as a context manager.

    `output` holds all bytes drawn so far. Questions that Textual asks the terminal at start (synchronised output) are
    answered, as a real one does.
    """

    def __init__(self, command: list[str], environment: dict[str, str], rows: int = 50, columns: int = 200) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.output = b""
        self._answered = False
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size, and tell the program as a real one does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def read(self, timeout: float) -> bool:
        """Take what was drawn within `timeout` seconds; False when there was nothing or the program ended."""
        if not select.select([self._master], [], [], max(0.0, timeout))[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self.output += data
        if not self._answered and b"\x1b[?2026$p" in self.output:
            self._answered = True
            self.send(b"\x1b[?2026;2$y")
        return bool(data)

    def wait_for(self, marker: bytes, timeout: float, start: int = 0) -> float | None:
        """Return the seconds since the start at which `marker` had been drawn after byte `start`, or None."""
        end = time.perf_counter() + timeout
        while time.perf_counter() < end:
            if not self.read(min(0.05, end - time.perf_counter())) and self.process.poll() is not None:
                return None
            if self.output.find(marker, start) >= 0:
                return time.perf_counter() - self.started
        return None
