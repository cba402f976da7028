"""What a conductor tells while it works. Pure data; `cli.bench` prints it as lines or as JSON."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from tui_aide.bench.run_folder import CellState, Grading, RunFolder, Status


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

    @property
    def whole(self) -> bool:
        """Whether all cells are done and graded."""
        return not (self.failed or self.stopped or self.waiting or self.ungraded)


def ended_of(run: RunFolder, states: Collection[CellState]) -> Ended:
    """Return how a run stands by the states of all of its cells."""
    return Ended(
        run=run.name,
        path=str(run.path),
        done=sum(s.status == "done" for s in states),
        failed=sum(s.status == "failed" for s in states),
        stopped=sum(s.status in ("stopped", "running") for s in states),
        waiting=sum(s.status == "waiting" for s in states),
        ungraded=sum(s.status == "done" and s.grading != "graded" for s in states),
    )


Told = Began | CellBegan | CellEnded | Remark | Ended
