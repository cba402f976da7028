"""A runner's own temporary folder: all that it puts outside its session lies there, and none outlives it for long.

The folder is locked as long as its process lives. Whoever starts next removes those whose holder is dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.tasks.read_only import remove_tree

PREFIX = "tui-aide-"
_LOCK = "lock"
_LONGEST = 25
"""Sockets of scripts, some folders below it, must fit in about 100 bytes of path."""


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
    """Remove our folders below a place whose holders are dead."""
    for folder in place.glob(f"{PREFIX}*"):
        if is_dead(folder):
            remove_tree(folder, ignore_errors=True)


def is_dead(folder: Path) -> bool:
    """Whether it is a runner's folder of ours, and its runner is dead."""
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            return False
        lock = os.open(folder / _LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
