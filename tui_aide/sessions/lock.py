"""One writer a session: an advisory lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import os

from tui_aide.sessions.file_lock import hold, is_held
from tui_aide.sessions.folder import SessionFolder


class WriterLock:
    """Holds a session for writing as long as this object, or its process, lives."""

    def __init__(self, folder: SessionFolder, patience: float = 1.0) -> None:
        """Take the lock.

        Args:
            folder: the session.
            patience: seconds to wait for a viewer's short look at the lock, or for a writer that is ending.

        Raises:
            SessionError: another process writes this session, or the folder cannot be written.
        """
        taken = f"session {folder.id} is running already; see it with: tui-aide attach {folder.id}"
        self._fd = hold(folder.lock_file, patience, taken=taken, option="--sessions-dir")

    def release(self) -> None:
        """Give the session free."""
        os.close(self._fd)


def is_running(folder: SessionFolder) -> bool:
    """Whether a runner holds the session now."""
    return is_held(folder.lock_file)
