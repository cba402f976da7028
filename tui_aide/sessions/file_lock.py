"""Advisory locks on files, which the kernel drops when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


def take(fd: int, patience: float) -> None:
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
