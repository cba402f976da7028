"""A runner's own temporary folder: all that it puts outside its session lies there, and none outlives it for long.

The folder is locked as long as its process lives. Whoever starts next removes those whose holder is dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.tasks.read_only import remove_tree

PREFIX = "tui-aide-"
_LOCK = "lock"
_LONGEST = 25
"""Sockets of scripts, some folders below it, must fit in about 100 bytes of path."""
_OLD_SECONDS = 86_400.0


class RuntimeFolder:
    """A private folder for this process, in which `tempfile` makes its files from now on, until it is closed.

    Attributes:
        path: the folder; only its owner may enter it.
    """

    def __init__(self) -> None:
        """Make it, and remove those of dead processes.

        Raises:
            SessionError: there is no place for it.
        """
        place = Path(tempfile.gettempdir())
        if len(str(place)) > _LONGEST:
            place = Path("/tmp")
        try:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            self._lock = _take(self.path)
        except OSError as e:
            raise SessionError(f"{place}: cannot be written: {e.strerror}; set TMPDIR to another place") from e
        sweep(place)
        self._before = tempfile.tempdir
        tempfile.tempdir = str(self.path)

    def close(self) -> None:
        """Remove it and all in it."""
        tempfile.tempdir = self._before
        remove_tree(self.path, ignore_errors=True)
        os.close(self._lock)


def _take(folder: Path) -> int:
    """Lock a new folder; the lock has its name only when it is held, so that nobody takes it for one of the dead."""
    fd = os.open(folder / ".new", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # no locks there: it is swept as one without a lock, and that is late
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / ".new").rename(folder / _LOCK)
    return fd


def sweep(place: Path) -> None:
    """Remove our folders below a place whose holders are dead, and old empty ones."""
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            stat = folder.lstat()
            if stat.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
                continue
            if (folder / _LOCK).is_file():
                if _dead(folder / _LOCK):
                    remove_tree(folder, ignore_errors=True)
            elif time.time() - stat.st_mtime > _OLD_SECONDS:
                folder.rmdir()  # fails where anything is in it


def _dead(lock: Path) -> bool:
    fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True
