"""Textual's driver for terminals that lie about their size, or are gone before the app is."""

from __future__ import annotations

import contextlib
import os
import select
from typing import IO, Any

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from tui_aide.tui.key_reader import KeyReader

WIDEST, HIGHEST = 1_000, 500
"""Cells and rows that are drawn at most: a screen of 10,000 by 10,000 would take gigabytes."""


def believable(size: Size) -> Size:
    """Return a terminal's size, at least one cell and no larger than any screen is."""
    return Size(min(max(1, size.width), WIDEST), min(max(1, size.height), HIGHEST))


class FailingFile:
    """The terminal as a file that may fail: what is written after that is dropped, and the writer goes on.

    Textual's writer ends at the first error; its queue is full soon after, and then the app waits for good.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.failed = False

    def write(self, text: str) -> None:
        """Write text, while the terminal takes it."""
        self._try(self._file.write, text)

    def flush(self) -> None:
        """Pass on what was written."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """Return the terminal's number."""
        return self._file.fileno()

    def _try(self, do: Any, *words: str) -> None:
        if not self.failed:
            try:
                do(*words)
            except (OSError, ValueError):  # EIO; or the file is closed
                self.failed = True


class TerminalDriver(LinuxDriver):
    """Draws on a terminal of any size, and knows when it is gone."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._failing = FailingFile(self._file)
        self._file: Any = self._failing
        self._size = self._size or self._get_terminal_size()  # else the first layout is of the size that is told

    @property
    def gone(self) -> bool:
        """Whether the terminal was hung up: nothing comes from it any more, and nothing can be shown."""
        if self._failing.failed:
            return True
        watched = select.poll()
        with contextlib.suppress(OSError):
            watched.register(self.fileno, select.POLLIN)
            for _, happened in watched.poll(0):
                if happened & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                    return True
        return False

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return believable(Size(*super()._get_terminal_size()))
        return believable(Size(size.columns or 80, size.lines or 24))

    def run_input_thread(self) -> None:
        """Read keys until the app ends."""
        KeyReader(self.fileno, self.exit_event, self.process_message, self._debug).run()

    def process_message(self, message: Message) -> None:
        """Take what the terminal says; of sizes that it tells only what can be."""
        if isinstance(message, events.Resize):
            size = believable(message.size)
            if size != message.size:
                message = events.Resize(size, size)
        super().process_message(message)
