"""Grades: what a cell's submissions are worth on private labels, as grades/<cell id>.json keeps it.

Only figures are kept: the labels live in the memory of the process that grades, and nowhere below the run or a session.
Importing this imports no numeric library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import SessionError
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tasks.medals import Medal, Thresholds, above_median, graded, medal_of, percentile
from tui_aide.tree.node import Direction
from tui_aide.tree.solution_tree import SolutionTree

FORMAT = 1
SUBMISSION = "submission.csv"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a task's scores are measured by.

    Attributes:
        metric: its name.
        direction: whether less or more is better.
        dummy: the score of a constant prediction, which is worth 0; None where it is not known.
        top: the score that is worth 1; None where it is not known.
        top_is: what that is: `gold`, or `strong` for the reference of a bundled task without a leaderboard.
        thresholds: what medals ask for; None without a leaderboard.
    """

    metric: str
    direction: Direction
    dummy: float | None = None
    top: float | None = None
    top_is: str = ""
    thresholds: Thresholds | None = None

    def gain(self, score: float, other: float) -> float:
        """Return how much better `score` is than `other`, in the metric's units."""
        return other - score if self.direction == "min" else score - other

    @property
    def span(self) -> float | None:
        """How much better the top is than a constant; None where that is not known, or it is not better."""
        if self.dummy is None or self.top is None:
            return None
        span = self.gain(self.top, self.dummy)
        return span if span > 0 else None

    def normalised(self, score: float) -> float | None:
        """Return clip((score - dummy) / (top - dummy), 0, 1); None without a scale."""
        if self.span is None or self.dummy is None:
            return None
        return min(1.0, max(0.0, self.gain(score, self.dummy) / self.span))


class Grade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one submission is worth. Figures that the terms do not allow are None, also of a valid one.

    Attributes:
        made: whether there is a submission.
        valid: whether it can be scored.
        score: the metric over the private rows.
        medal: the best that the score reaches.
        above_median: whether it is better than the median team.
        percentile: the share of teams, 0..1, that are no better.
        normalised: between a constant (0) and the top (1); 0 where nothing valid was made.
        why: what is wrong, or not known.
    """

    made: bool
    valid: bool
    score: float | None = None
    medal: Medal | None = None
    above_median: bool | None = None
    percentile: float | None = None
    normalised: float | None = None
    why: str = ""


class CellGrade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What grades/<cell id>.json holds.

    Attributes:
        cell: the cell's id.
        events: how many events its session had; with more it is graded anew.
        terms: what the scores are measured by; None where the task has no private labels here.
        handed_in: the submission in best/, which may be a blend's or that of a run with all labels.
        nodes: the grades of the valid nodes' own submissions.
    """

    format: int = FORMAT
    cell: str
    events: int
    terms: Terms | None
    handed_in: Grade
    nodes: dict[int, Grade] = {}


class Grader(Protocol):
    """Grades the submissions of one task."""

    @property
    def terms(self) -> Terms | None:
        """What scores are measured by; None where it has no labels."""

    def grade(self, submission: Path) -> Grade:
        """Return what a submission is worth; one that is missing or wrong has a grade, too."""


def not_made(terms: Terms | None, why: str) -> Grade:
    """Return the grade of nothing."""
    return worth_nothing(terms, made=False, why=why)


def worth_nothing(terms: Terms | None, *, made: bool, why: str) -> Grade:
    """Return the grade of a submission that is missing or invalid: the worst of all that the terms allow."""
    teams = terms is not None and terms.thresholds is not None
    return Grade(
        made=made,
        valid=False,
        above_median=False if teams else None,
        percentile=0.0 if teams else None,
        normalised=0.0 if terms is None or terms.span is not None else None,
        why=why,
    )


def grade_of(score: float, terms: Terms, teams: tuple[float, ...]) -> Grade:
    """Return the grade of a score; medals, median and percentile are of the score rounded as MLE-bench rounds it.

    Args:
        score: on the private rows.
        terms: of the task.
        teams: all scores of its leaderboard, empty where there is none.
    """
    limits, rounded = terms.thresholds, graded(score)
    return Grade(
        made=True,
        valid=True,
        score=score,
        medal=medal_of(rounded, limits) if limits else None,
        above_median=above_median(rounded, limits) if limits else None,
        percentile=percentile(rounded, teams, terms.direction) if teams else None,
        normalised=terms.normalised(score),
    )


def grade_cell(run: RunFolder, cell: Cell, grader: Grader | None = None) -> CellGrade:
    """Grade what a cell handed in and every valid node, and keep it as grades/<cell id>.json.

    The file has the same bytes for the same session. This loads the task's data and labels: call it in a process apart.

    Args:
        run: the run.
        cell: one of its cells, whose session may be of any state, or missing.
        grader: of the cell's task, where several cells of it are graded; made anew where left out.

    Raises:
        UsageError: the task cannot be graded; the message names the suite's key.
        SessionError: the journal cannot be read, or the grade not be written.
    """
    if grader is None:
        from tui_aide.bench.graders import grader_for

        grader = grader_for(run.suite.tasks[cell.task], cell.task)
    found = _grade(run.session(cell), cell, grader)
    path = run.grade_file(cell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.format(msgspec.json.encode(_plain(found), order="sorted")) + b"\n")
    except OSError as e:
        raise SessionError(f"{path}: cannot be written: {e.strerror}") from e
    return found


def read_grade(run: RunFolder, cell: Cell) -> CellGrade | None:
    """Return a cell's grade as it was kept, maybe before its session went on (see `events`); None without one."""
    try:
        found = msgspec.json.decode(run.grade_file(cell).read_bytes(), type=CellGrade)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def _grade(session: SessionFolder, cell: Cell, grader: Grader) -> CellGrade:
    tree = fold(session)
    if tree is None:
        grade = not_made(grader.terms, "the search never began")
        return CellGrade(cell=cell.id, events=0, terms=grader.terms, handed_in=grade)
    nodes = {
        node.id: grader.grade(session.node(node.id) / SUBMISSION)
        for node in sorted(tree.nodes.values(), key=lambda n: n.id)
        if node.valid
    }
    if tree.selected is None:
        handed_in = not_made(grader.terms, "no valid solution was found")
    else:
        handed_in = grader.grade(session.best / SUBMISSION)
    return CellGrade(cell=cell.id, events=tree.last_seq, terms=grader.terms, handed_in=handed_in, nodes=nodes)


def fold(session: SessionFolder) -> SolutionTree | None:
    """Return a session's tree; None where it never began.

    Raises:
        SessionError: its journal cannot be read.
    """
    if not session.journal.is_file():
        return None
    tree = SolutionTree()
    for event in JournalReader(session.journal).read():
        tree.apply(event)
    return tree if tree.started is not None else None


def _plain(grade: CellGrade) -> Any:
    return msgspec.to_builtins(grade, str_keys=True)
