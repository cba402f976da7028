"""Removing sessions for good: one that nobody writes vanishes at once, whatever happens while its files go."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import DELETED, SessionFolder
from tui_aide.sessions.listing import Listed, ordered
from tui_aide.sessions.lock import WriterLock
from tui_aide.tasks.read_only import remove_tree

PRUNABLE = ("finished", "stopped", "failed", "interrupted", "damaged")


def remove_session(folder: SessionFolder) -> None:
    """Remove a session with all that it holds.

    Its folder gets another name first, so that no half of it can be taken for a session; what a death leaves then is
    swept later.

    Raises:
        SessionError: it runs, or it cannot be removed.
    """
    lock = WriterLock(folder)
    try:
        doomed = folder.path.with_name(f"{DELETED}{os.getpid()}-{folder.id}")
        try:
            folder.path.rename(doomed)
            remove_tree(doomed)
        except OSError as e:
            raise SessionError(f"{e.filename or folder.path}: cannot be deleted: {e.strerror}") from e
    finally:
        lock.release()


def to_prune(
    sessions: Iterable[Listed],
    now: float,
    older_than: float,
    statuses: Iterable[str] = PRUNABLE,
    keep_best: int = 0,
) -> list[Listed]:
    """Return the sessions that were not touched for so long, the oldest first; never one that runs.

    Args:
        sessions: all of a place.
        now: the time, in seconds since 1970.
        older_than: seconds.
        statuses: which ones may go.
        keep_best: how many of the best of each task and metric stay, however old.
    """
    listed = list(sessions)
    kept: set[Path] = set()
    counts: dict[tuple[str, str], int] = {}
    for session in ordered(listed, "best") if keep_best else []:
        kind = (session.task, session.metric)
        if session.best is not None and counts.get(kind, 0) < keep_best:
            counts[kind] = counts.get(kind, 0) + 1
            kept.add(session.folder.path)
    allowed = set(statuses) & set(PRUNABLE)
    found = [s for s in listed if s.status in allowed and now - s.touched > older_than and s.folder.path not in kept]
    return ordered(found, "touched")[::-1]
