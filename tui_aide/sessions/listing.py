"""The sessions below a place, each from its small summary; a journal is read only where the summary is missing or old.

Nothing here stops at a damaged session: it is listed as `damaged`, with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import WriterLock, is_running
from tui_aide.sessions.summary import Brief, read_summary, short_summary, write_summary
from tui_aide.tree.node import Direction

Order = Literal["touched", "best", "name", "size"]
STATUSES = ("running", "paused", "finished", "stopped", "failed", "interrupted", "damaged")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a list.

    Attributes:
        folder: where it is.
        status: one of `STATUSES`; `interrupted` is a search whose runner died, `damaged` one that cannot be read.
        touched: when its journal was last written to, in seconds since 1970.
        problem: why it is damaged, else empty.
        summary: all that its summary says, with the name and path of now.
        size: bytes on the disk, None where they were not counted.
    """

    folder: SessionFolder
    status: str
    touched: float
    task: str = ""
    model: str = ""
    metric: str = ""
    direction: Direction = "max"
    nodes: int = 0
    best: float | None = None
    problem: str = ""
    summary: dict[str, Any] = msgspec.field(default_factory=dict)
    size: int | None = None


def list_sessions(place: Path) -> list[Listed]:
    """Return the sessions below a place, the one touched last first."""
    try:
        names = [e.name for e in os.scandir(place) if not e.name.startswith(".")]
    except OSError:
        return []
    found = (_look(SessionFolder(place / name)) for name in names)
    return ordered([f for f in found if f is not None], "touched")


def chosen(
    sessions: Iterable[Listed], *, task: str = "", model: str = "", statuses: Sequence[str] = ()
) -> list[Listed]:
    """Return the sessions whose task and model have these parts in their names, and whose status is one of these."""
    return [
        s
        for s in sessions
        if task.lower() in s.task.lower()
        and model.lower() in s.model.lower()
        and (not statuses or s.status in statuses)
    ]


def ordered(sessions: Iterable[Listed], order: Order) -> list[Listed]:
    """Return the sessions in an order: newest, best of each task and metric, by name, or largest first."""
    match order:
        case "best":
            return sorted(sessions, key=_by_best)
        case "name":
            return sorted(sessions, key=lambda s: s.folder.id)
        case "size":
            return sorted(sessions, key=lambda s: -(s.size or 0))
        case _:
            return sorted(sessions, key=lambda s: -s.touched)


def _by_best(session: Listed) -> tuple[bool, str, str, float, str]:
    """Order by the score where it can be compared: within a task and metric; those without one come last."""
    sign = 1.0 if session.direction == "min" else -1.0
    score = sign * session.best if session.best is not None else float("inf")
    return session.best is None, session.task, session.metric, score, session.folder.id


def _look(folder: SessionFolder) -> Listed | None:
    """Return what is known of a session; None for a folder that is none."""
    config, journal = _stat(folder.config_file), _stat(folder.journal)
    if config is None and journal is None:
        return None
    touched = max((s.st_mtime for s in (journal or config,) if s is not None), default=0.0)
    if config is None or not config.st_size:
        return _damaged(folder, touched, f"session.toml is {'missing' if config is None else 'empty'}")
    running = is_running(folder)
    kept = _stat(folder.summary_file)
    current = kept is not None and (running or journal is None or kept.st_mtime_ns >= journal.st_mtime_ns)
    summary = read_summary(folder) if current else None
    shown = _understood(summary)
    if summary is None or shown is None:
        try:
            summary = _from_journal(folder, running)
            shown = msgspec.convert(summary, Brief)
        except SessionError as e:
            return _damaged(folder, touched, str(e))
        except KeyError as e:
            return _damaged(folder, touched, f"{folder.journal}: damaged: an event names node {e}, which there is not")
    status = shown.status
    if status in ("running", "paused", "new", "interrupted"):
        status = ("paused" if status == "paused" else "running") if running else "interrupted"
    elif running:
        status = "running"  # it was taken up just now
    summary |= {"session": folder.id, "path": str(folder.path), "status": status}
    if summary.get("best"):
        here = folder.best / "submission.csv"  # the folder may have been renamed or moved
        summary["best"] |= {"submission": str(here) if summary["best"].get("submission") else None}
    return Listed(
        folder=folder,
        status=status,
        touched=touched,
        task=shown.task,
        model=shown.model,
        metric=shown.metric,
        direction=shown.direction,
        nodes=shown.node_count or 0,
        best=shown.best.score if shown.best else None,
        summary=summary,
    )


def _understood(summary: dict[str, Any] | None) -> Brief | None:
    try:
        return msgspec.convert(summary, Brief)
    except msgspec.ValidationError:
        return None


def _from_journal(folder: SessionFolder, running: bool) -> dict[str, Any]:
    """Fold the journal into a summary, and keep that for the next time unless somebody writes the session.

    Raises:
        SessionError: the journal or session.toml is damaged or too new.
        KeyError: an event names a node that was never created.
    """
    from tui_aide.sessions.view import SessionView

    lock = None
    if not running:
        try:
            lock = WriterLock(folder, patience=0.0)
        except SessionError:  # a runner took it just now, or the folder is read-only
            lock = None
    try:
        view = SessionView(folder)
        view.refresh()
        if view.tree.started is None:
            return _never_started(folder)
        ended = view.tree.status in ("finished", "stopped", "failed")
        status = None if running or ended else "interrupted"
        if lock is not None:
            write_summary(folder, view.tree, status)
    finally:
        if lock is not None:
            lock.release()
    return short_summary(folder, view.tree, status)


def _never_started(folder: SessionFolder) -> dict[str, Any]:
    """Return what is known of a session whose runner never began."""
    config = folder.config()
    search = config.search
    return {
        "status": "new",
        "task": config.task.name,
        "metric": config.task.metric,
        "direction": config.task.direction,
        "model": search.model,
        "strategy": search.strategy,
        "policy": search.policy,
        "seed": search.seed,
        "budget": msgspec.to_builtins(config.budget),
        "best": None,
        "node_count": 0,
        "updated": config.created,
    }


def _damaged(folder: SessionFolder, touched: float, problem: str) -> Listed:
    summary = {"session": folder.id, "path": str(folder.path), "status": "damaged", "problem": problem}
    return Listed(folder=folder, status="damaged", touched=touched, problem=problem, summary=summary)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - a thousand sessions: the plain call is twice as fast
    except OSError:
        return None
