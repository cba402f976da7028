"""A session as a viewer sees it: the folded tree, kept up to date from the journal, and the node's files."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.lock import is_running
from tui_aide.tree.events import AnyEvent
from tui_aide.tree.solution_tree import SolutionTree

Extent = Callable[[Path], int | None]
"""Tells how many bytes of a file are to be shown; None for all that are there."""

_COMPARED = 64
"""Bytes before a place by which a rewritten file is known."""


class SessionView:
    """Follows one session, running or not; `refresh` is cheap and called at the viewer's own pace."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.tree = SolutionTree()
        self._reader = JournalReader(folder.journal)

    @property
    def behind(self) -> bool:
        """Whether the last `refresh` left events unfolded, for its limit."""
        return self._reader.behind

    @property
    def share(self) -> float:
        """Share of the journal that is folded, 0..1."""
        return self._reader.share

    def refresh(self, limit: int | None = None) -> list[AnyEvent]:
        """Fold what was added to the journal, about `limit` bytes of it at most, and return it.

        Raises:
            SessionError: the journal cannot be read.
        """
        events = self._reader.read(limit)
        for event in events:
            self.tree.apply(event)
        return events

    @property
    def status(self) -> str:
        """running, paused, finished, stopped, failed, or interrupted where the runner died without a word."""
        status = self.tree.status
        if status in ("running", "paused", "new") and not is_running(self.folder):
            return "interrupted"
        return status


def shown_size(path: Path, size: int, extent: Extent | None) -> int:
    """Return how many of a file's `size` bytes are to be shown."""
    shown = extent(path) if extent is not None else None
    return size if shown is None else min(size, shown)


class ByteTail:
    """Follows a growing file: `read` returns what was added, at most `limit` bytes a call, and `begin` where it stands.

    The first read starts at most `limit` bytes before the end, so that a file of any size opens at once;
    `skipped` tells how many bytes were left out. A file that shrank, or holds something else than what was read
    there, was rewritten: `restarted` is True and reading starts over. What lies behind its `extent` is not there yet.
    """

    def __init__(self, path: Path, limit: int = 1 << 20, extent: Extent | None = None) -> None:
        self.path = path
        self._extent = extent
        self.begin = self.skipped = 0
        self.restarted = False
        self._limit = limit
        self._offset: int | None = None
        self._inode = 0
        self._last = b""

    def read(self) -> bytes:
        """Return what was added since the last call; empty where there is nothing, or no file yet."""
        self.restarted = False
        try:
            with self.path.open("rb") as file:
                return self._read(file)
        except OSError:
            return b""

    def _read(self, file: BinaryIO) -> bytes:
        stat = os.fstat(file.fileno())
        size = shown_size(self.path, stat.st_size, self._extent)
        before = self._offset
        if before is not None and before == size and stat.st_ino == self._inode:
            return b""
        if before is not None:
            file.seek(before - len(self._last))
            if size < before or stat.st_ino != self._inode or file.read(len(self._last)) != self._last:
                before, self.restarted = None, True
        if before is None:
            before = self.skipped = max(0, size - self._limit)
            self._inode = stat.st_ino
        file.seek(before)
        data = file.read(min(self._limit, size - before))
        self.begin, self._offset = before, before + len(data)
        self._last = data[-_COMPARED:] if len(data) >= _COMPARED or self.restarted else (self._last + data)[-_COMPARED:]
        return data


class TextTail:
    """Follows a growing text file as `ByteTail` does, and decodes it."""

    def __init__(self, path: Path, limit: int = 1 << 20, extent: Extent | None = None) -> None:
        self._bytes = ByteTail(path, limit, extent)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def skipped(self) -> int:
        """Bytes before those that were read first."""
        return self._bytes.skipped

    @property
    def restarted(self) -> bool:
        """Whether the last call read a rewritten file from its start."""
        return self._bytes.restarted

    def read(self) -> str:
        """Return the text added since the last call; empty where there is none, or no file yet."""
        data = self._bytes.read()
        if self.restarted:
            self._decoder.reset()
        return self._decoder.decode(data)
