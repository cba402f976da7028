"""Advisory locks on files, which the kernel drops when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from tui_aide.errors import SessionError


def _take(fd: int, patience: float) -> None:
    """Lock an open file for this process alone.

    Args:
        fd: the file.
        patience: seconds to wait for another's short look at the lock, or for a holder that is ending.

    Raises:
        BlockingIOError: another process holds it.
        OSError: there are no locks on this file system.
    """
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.02)


def hold(file: Path, patience: float, *, taken: str, option: str) -> int:
    """Open a file, which is made where it is missing, and lock it; closing it lets it go.

    Args:
        file: in the folder that is to be held.
        patience: seconds to wait for another's short look at the lock, or for a holder that is ending.
        taken: what to say where another process holds it.
        option: chooses another place for such folders.

    Returns:
        The open file.

    Raises:
        SessionError: another process holds it, the folder cannot be written, or its file system has no locks.
    """
    try:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as e:
        raise SessionError(f"{file.parent}: cannot be written: {e.strerror}") from e
    try:
        _take(fd, patience)
    except BlockingIOError as e:
        os.close(fd)
        raise SessionError(taken) from e
    except OSError as e:
        os.close(fd)
        raise SessionError(
            f"{file.parent}: no locks on this file system ({e.strerror}); choose another with {option}"
        ) from e
    return fd


def is_held(file: Path) -> bool:
    """Whether a process holds the lock of a file now."""
    try:
        fd = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no locks on this file system, so no holder either
        return False
    finally:
        os.close(fd)
    return False
