"""A program in the background, in a session of its own, so that no terminal can take it along; a log has its words."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tui_aide.errors import SessionError


class Detached:
    """Starts the program; it goes on when this object, and our process, are gone.

    Args:
        command: the program and its arguments.
        folder: where it works.
        log: takes what it writes, after what stands there.

    Raises:
        SessionError: the log cannot be written.
    """

    def __init__(self, command: Sequence[str], folder: Path, log: Path) -> None:
        self._log = log
        try:
            file = log.open("ab")
        except OSError as e:
            raise SessionError(f"{log}: cannot be written: {e.strerror}") from e
        with file:
            self._start = file.tell()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True, cwd=folder
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def wait_until(self, works: Callable[[], bool], seconds: float) -> int | None:
        """Wait until it works, and return None; or its exit code where it ended before.

        Raises:
            TimeoutError: it did neither in time, and has been ended.
        """
        end = time.monotonic() + seconds
        while not works():
            if (code := self._process.poll()) is not None:
                return code
            if time.monotonic() > end:
                self._process.terminate()
                self._process.wait()
                raise TimeoutError
            time.sleep(0.01)
        self._process.returncode = 0  # it is on its own from here; without this its object warns when it is dropped
        return None

    def words(self) -> list[str]:
        """Return the lines that it has written, without blank ones."""
        with self._log.open("rb") as file:
            file.seek(self._start)
            text = file.read().decode("utf-8", "replace")
        return [line for line in text.splitlines() if line.strip()]
