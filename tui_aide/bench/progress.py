"""How a run stands, from its small files alone: cheap enough for a screen to ask several times a second."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import CellState, RunFolder
from tui_aide.bench.run_lock import is_conducted
from tui_aide.tasks.medals import Medal

T = TypeVar("T")

Shown = Literal["waiting", "running", "interrupted", "stopped", "done", "failed"]
"""Of a cell: `interrupted` ones were running when their conductor died; their runners may go on by themselves."""


class _Tokens(msgspec.Struct, frozen=True):
    prompt: int = 0
    reasoning: int = 0
    answer: int = 0


class _Best(msgspec.Struct, frozen=True):
    score: float | None = None


class _Summary(msgspec.Struct, frozen=True):
    """The part of a session's summary that a matrix shows."""

    node_count: int = 0
    best: _Best | None = None
    metric: str = ""
    tokens: _Tokens = _Tokens()
    wall_seconds: float = 0.0
    execution_seconds: float = 0.0


class HandedIn(msgspec.Struct, frozen=True):
    """What a cell's submission is worth on the private labels: the part of its grade that a matrix shows.

    Attributes:
        made, valid: whether there is a submission, and whether it can be scored.
        score: the metric over the private rows.
        medal: gold, silver, bronze or None.
        above_median: whether it beats the median team; None without a leaderboard.
        percentile: the share of teams, 0..1, that are no better.
        normalised: between a constant (0) and the top (1).
        why: what is wrong, or not known.
    """

    made: bool = False
    valid: bool = False
    score: float | None = None
    medal: Medal | None = None
    above_median: bool | None = None
    percentile: float | None = None
    normalised: float | None = None
    why: str = ""


class _Grade(msgspec.Struct, frozen=True):
    handed_in: HandedIn = HandedIn()


class CellProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How one cell stands.

    Attributes:
        state: as it was written; `shown` is what to show of it.
        nodes: those that are done; `best` the score of the best of them on the hidden rows, in `metric`.
        tokens: prompts, thinking and answers together.
        seconds: wall-clock that its search ran.
        grade: what it handed in is worth; None where it was not graded.
    """

    cell: Cell
    state: CellState
    shown: Shown
    nodes: int = 0
    best: float | None = None
    metric: str = ""
    tokens: int = 0
    seconds: float = 0.0
    grade: HandedIn | None = None


class RunProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands: whether a conductor works on it, and its cells in their order."""

    conducted: bool
    cells: tuple[CellProgress, ...]

    def count(self, shown: Shown) -> int:
        """Return how many cells are shown so."""
        return sum(cell.shown == shown for cell in self.cells)

    @property
    def ended(self) -> int:
        """How many cells are done or failed."""
        return self.count("done") + self.count("failed")

    @property
    def left(self) -> int:
        """How many cells are neither done nor failed."""
        return len(self.cells) - self.ended

    @property
    def ungraded(self) -> int:
        """How many cells are done and not graded."""
        return sum(cell.shown == "done" and cell.state.grading != "graded" for cell in self.cells)

    @property
    def status(self) -> str:
        """The run in a word: running, done, failed (all ended, some failed), or stopped (some are left)."""
        if self.conducted:
            return "running"
        if self.left:
            return "stopped"
        return "failed" if self.count("failed") else "done"


class _Names(NamedTuple):
    """A cell's small files. Made once: for a thousand cells that takes longer than to look at the files."""

    state: str
    summary: str
    grade: str

    @classmethod
    def of(cls, run: RunFolder, cell: Cell) -> _Names:
        return cls(str(run.state_file(cell)), str(run.session(cell).summary_file), str(run.grade_file(cell)))


class ProgressReader:
    """Reads a run again and again; a file is read only when it has changed since."""

    def __init__(self, run: RunFolder) -> None:
        """Read the suite.

        Raises:
            SessionError: this is no run.
            UsageError: its suite cannot be used.
        """
        self._run = run
        self._cells = [(cell, _Names.of(run, cell)) for cell in run.cells]
        self._kept: dict[str, tuple[tuple[int, int], object]] = {}

    def read(self) -> RunProgress:
        """Return how the run stands now."""
        conducted = is_conducted(self._run)
        return RunProgress(
            conducted=conducted, cells=tuple(self._cell(cell, names, conducted) for cell, names in self._cells)
        )

    def _cell(self, cell: Cell, names: _Names, conducted: bool) -> CellProgress:
        state = self._content(names.state, CellState) or CellState()
        summary = self._content(names.summary, _Summary) or _Summary()
        tokens = summary.tokens
        graded = self._content(names.grade, _Grade) if state.grading == "graded" else None
        return CellProgress(
            cell=cell,
            state=state,
            shown="interrupted" if state.status == "running" and not conducted else state.status,
            nodes=summary.node_count,
            best=summary.best.score if summary.best else None,
            metric=summary.metric,
            tokens=tokens.prompt + tokens.reasoning + tokens.answer,
            seconds=summary.wall_seconds,
            grade=graded.handed_in if graded else None,
        )

    def _content(self, name: str, kind: type[T]) -> T | None:
        """Return what a file holds; None where it is missing or damaged."""
        try:
            stat = os.stat(name)  # noqa: PTH116 - a thousand cells: the plain call is twice as fast
            stamp = (stat.st_mtime_ns, stat.st_ino)
            kept = self._kept.get(name)
            if kept is None or kept[0] != stamp:
                kept = (stamp, msgspec.json.decode(Path(name).read_bytes(), type=kind))
                self._kept[name] = kept
        except (OSError, msgspec.DecodeError):
            return None
        content = kept[1]
        return content if isinstance(content, kind) else None
