"""A session as a viewer sees it: the folded tree, kept up to date from the journal, and the node's files."""

from __future__ import annotations

import codecs
from pathlib import Path

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.lock import is_running
from tui_aide.tree.events import AnyEvent
from tui_aide.tree.solution_tree import SolutionTree


class SessionView:
    """Follows one session, running or not; `refresh` is cheap and called at the viewer's own pace."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.tree = SolutionTree()
        self._reader = JournalReader(folder.journal)

    def refresh(self) -> list[AnyEvent]:
        """Fold what was added to the journal and return it.

        Raises:
            SessionError: the journal cannot be read.
        """
        events = self._reader.read()
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


class TextTail:
    """Follows a growing text file: `read` returns what was added, decoded, at most `limit` bytes a call.

    The first read starts at most `limit` bytes before the end, so that a file of any size opens at once;
    `skipped` tells how many bytes were left out. A file that shrank was rewritten: `restarted` is True and
    reading starts over.
    """

    def __init__(self, path: Path, limit: int = 1 << 20) -> None:
        self.path = path
        self.skipped = 0
        self.restarted = False
        self._limit = limit
        self._offset: int | None = None
        self._inode = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        """Return the text added since the last call; empty where there is none, or no file yet."""
        self.restarted = False
        try:
            stat = self.path.stat()
        except OSError:
            return ""
        if self._offset is not None and (stat.st_size < self._offset or stat.st_ino != self._inode):
            self._offset, self.restarted = None, True
            self._decoder.reset()
        if self._offset is None:
            self._offset = self.skipped = max(0, stat.st_size - self._limit)
            self._inode = stat.st_ino
        if stat.st_size == self._offset:
            return ""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(self._limit)
        self._offset += len(data)
        return self._decoder.decode(data)
