"""Giving a session another name. The journal, which is never rewritten, keeps the name that it began with."""

from __future__ import annotations

import contextlib

import msgspec

from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.config import write_config
from tui_aide.sessions.folder import SessionFolder, check_name
from tui_aide.sessions.lock import WriterLock


def rename_session(folder: SessionFolder, name: str) -> SessionFolder:
    """Rename a session's folder, which is what its name is taken from, and what session.toml says of it.

    Raises:
        UsageError: it is not a plain name, or it is taken.
        SessionError: the session runs, or its folder cannot be renamed.
    """
    check_name(name)
    target = SessionFolder(folder.path.with_name(name))
    if target.path.exists():
        raise UsageError(f"{target.path}: there is a session of this name")
    lock = WriterLock(folder)
    try:
        try:
            folder.path.rename(target.path)
        except OSError as e:
            raise SessionError(f"{folder.path}: cannot be renamed: {e.strerror}") from e
        with contextlib.suppress(SessionError, OSError):  # the folder's name is the one that counts
            write_config(target.config_file, msgspec.structs.replace(target.config(), id=name, name=name))
        with contextlib.suppress(OSError):  # of a runner that was killed, as we hold its lock
            target.runner_file.unlink(missing_ok=True)
    finally:
        lock.release()
    return target
