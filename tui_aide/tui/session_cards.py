"""One line a session for the home screen, from its small summary file; journals are never opened here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.places import all_sessions
from tui_aide.sessions.summary import Brief
from tui_aide.tree.node import Direction


class Card(msgspec.Struct, frozen=True):
    """What the list knows of a session. `touched` is in seconds since 1970; a `problem` is why nothing is known."""

    folder: SessionFolder
    touched: float
    running: bool
    task: str = ""
    status: str = ""
    metric: str = ""
    nodes: int | None = None
    best: float | None = None
    model: str = ""
    direction: Direction = "max"
    problem: Literal["", "no summary yet", "damaged summary"] = ""

    @property
    def state(self) -> str:
        """The session's state in one word."""
        if self.running:
            return "paused" if self.status == "paused" else "running"
        return "interrupted" if self.status in ("running", "paused") else self.status or "unknown"


_decoder = msgspec.json.Decoder(Brief)


def read_cards(place: Path) -> list[Card]:
    """Return the sessions below a place, the one touched last first; a damaged summary costs only its own line."""
    return [_card(folder) for folder in all_sessions(place)]


def _card(folder: SessionFolder) -> Card:
    running = is_running(folder)
    touched = 0.0
    for path in (folder.journal, folder.config_file):
        try:
            touched = os.stat(path).st_mtime  # noqa: PTH116  (a thousand sessions: the plain call is twice as fast)
            break
        except OSError:
            continue
    try:
        summary = _decoder.decode(folder.summary_file.read_bytes())
    except OSError:
        return Card(folder, touched, running, problem="no summary yet")
    except msgspec.DecodeError:
        return Card(folder, touched, running, problem="damaged summary")
    best = summary.best
    return Card(
        folder,
        touched,
        running,
        summary.task,
        summary.status,
        summary.metric,
        summary.node_count,
        best.score if best else None,
        summary.model,
        summary.direction,
    )
