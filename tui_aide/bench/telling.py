"""What a conductor tells while it works. Pure data; `cli.bench` prints it as lines or as JSON."""

from __future__ import annotations

import msgspec

from tui_aide.bench.run_folder import Grading, Status


class _Told(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    pass


class Began(_Told, frozen=True, kw_only=True):
    """A run begins, or goes on: how many cells it has, and how many of these are done."""

    run: str
    path: str
    cells: int
    done: int


class CellBegan(_Told, frozen=True, kw_only=True, tag="cell-began"):
    """A cell's search starts (`attempt` 1) or goes on."""

    cell: str
    words: str
    attempt: int


class CellEnded(_Told, frozen=True, kw_only=True, tag="cell-ended"):
    """A cell's search ended, or cannot go on.

    `ended` counts the cells that are done or failed by now; `seconds` are since the cell first began.
    """

    cell: str
    words: str
    status: Status
    why: str = ""
    nodes: int = 0
    best: float | None = None
    metric: str = ""
    tokens: int = 0
    seconds: float = 0.0
    grading: Grading = "none"
    grading_why: str = ""
    ended: int
    cells: int


class Remark(_Told, frozen=True, kw_only=True):
    """Something worth a line: a retry, a server, a disk."""

    text: str
    cell: str = ""


class Ended(_Told, frozen=True, kw_only=True):
    """The conductor is done: how many cells are in which state."""

    run: str
    path: str
    done: int
    failed: int
    stopped: int
    waiting: int
    ungraded: int


Told = Began | CellBegan | CellEnded | Remark | Ended
