"""One conductor a run: a lock that the kernel drops when its holder dies."""

from __future__ import annotations

import contextlib
import os
import platform

import msgspec

from tui_aide.bench.run_folder import RunFolder
from tui_aide.sessions.file_lock import hold, is_held

_PATIENCE = 1.0
"""Seconds to wait for a screen's short look at the lock."""


class Holder(msgspec.Struct, frozen=True):
    """Who conducts a run, as the lock file tells; `host` by its name in the network."""

    pid: int
    host: str


class RunLock:
    """Holds a run as long as this object, or its process, lives."""

    def __init__(self, run: RunFolder) -> None:
        """Take the lock.

        Raises:
            SessionError: another process conducts this run, or the folder cannot be written.
        """
        taken = f"run {run.name} is being run by another tui-aide; see it with: tui-aide bench attach {run.name}"
        self._fd = hold(run.lock_file, _PATIENCE, taken=taken, option="--bench-dir")
        with contextlib.suppress(OSError):  # a full disk: nobody can stop it from elsewhere then
            os.ftruncate(self._fd, 0)
            os.write(self._fd, msgspec.json.encode(Holder(os.getpid(), platform.node())))

    def release(self) -> None:
        """Give the run free."""
        os.close(self._fd)


def is_conducted(run: RunFolder) -> bool:
    """Whether a conductor works on the run now."""
    return is_held(run.lock_file)


def holder_of(run: RunFolder) -> Holder | None:
    """Return who conducts the run; None where nobody does, or has just begun to."""
    if not is_conducted(run):
        return None
    try:
        return msgspec.json.decode(run.lock_file.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
