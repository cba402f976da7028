"""One conductor a run: a lock that the kernel drops when its holder dies."""

from __future__ import annotations

import contextlib
import os
import platform

import msgspec

from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import SessionError
from tui_aide.sessions.file_lock import is_held, take

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
        try:
            self._fd = os.open(run.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as e:
            raise SessionError(f"{run.path}: cannot be written: {e.strerror}") from e
        try:
            take(self._fd, _PATIENCE)
        except BlockingIOError as e:
            os.close(self._fd)
            raise SessionError(
                f"run {run.name} is being run by another tui-aide; see it with: tui-aide bench attach {run.name}"
            ) from e
        except OSError as e:
            os.close(self._fd)
            raise SessionError(
                f"{run.path}: no locks on this file system ({e.strerror}); choose another with --bench-dir"
            ) from e
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
