"""A program whose controlling terminal is a pseudo-terminal: closing that hangs it up, as closing a window does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


class PtyViewer:
    """`tui-aide WORDS` on a terminal of 50 rows and 160 columns, or of what it says of itself."""

    def __init__(
        self,
        environment: dict[str, str],
        *words: str,
        size: tuple[int, int] = (160, 50),
        deaf: bool = False,
        python: str = sys.executable,
        term: str = "xterm-256color",
    ) -> None:
        """Start it by a Python; `deaf` has it ignore the signal by which a terminal hangs up."""
        environment = {**environment, "TERM": term, "COLORTERM": "truecolor"}
        self.output = b""
        self.pid, self._master = pty.fork()
        if not self.pid:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            if deaf:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execve(python, [python, "-m", "tui_aide", *words], environment)

    def resize(self, width: int, height: int) -> None:
        """Say that the terminal has another size now."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def until(self, word: bytes, seconds: float = 40.0) -> None:
        """Wait until it has drawn a word since the last `forget`."""
        end = time.monotonic() + seconds
        while word not in self.output:
            assert time.monotonic() < end, f"{word!r} was never drawn: {self.output[-2000:]!r}"
            if select.select([self._master], [], [], 0.1)[0]:
                self.output += os.read(self._master, 1 << 16)

    def read(self, seconds: float) -> None:
        """Take what it draws for some time, or until its end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                try:
                    self.output += os.read(self._master, 1 << 16)
                except OSError:  # EIO: its last process is gone
                    return

    def ended(self) -> None:
        """Wait for its end, of its own accord; the terminal stays and reads."""
        self.read(20.0)
        self._wait()

    def forget(self) -> None:
        self.output = b""

    def send(self, keys: bytes) -> None:
        with contextlib.suppress(OSError):  # it may have ended already
            os.write(self._master, keys)

    def close_terminal(self) -> None:
        """Close the window, and wait for the program's end."""
        os.close(self._master)
        self._wait()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._wait()
        os.close(self._master)

    def _wait(self, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
            time.sleep(0.02)
        raise AssertionError("the viewer outlives its terminal")
