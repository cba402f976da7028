"""One writer a session: an advisory lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import os

from tui_aide.errors import SessionError
from tui_aide.sessions.file_lock import is_held, take
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
        try:
            self._fd = os.open(folder.lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as e:
            raise SessionError(f"{folder.path}: cannot be written: {e.strerror}") from e
        try:
            take(self._fd, patience)
        except BlockingIOError as e:
            os.close(self._fd)
            raise SessionError(
                f"session {folder.id} is running already; see it with: tui-aide attach {folder.id}"
            ) from e
        except OSError as e:
            os.close(self._fd)
            raise SessionError(
                f"{folder.path}: no locks on this file system ({e.strerror}); choose another with --sessions-dir"
            ) from e

    def release(self) -> None:
        """Give the session free."""
        os.close(self._fd)


def is_running(folder: SessionFolder) -> bool:
    """Whether a runner holds the session now."""
    return is_held(folder.lock_file)
