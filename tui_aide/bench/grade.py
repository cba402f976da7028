"""What a submission is worth on private labels, as grades/<cell id>.json keeps it. Pure data."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from tui_aide.tasks.medals import Medal, Thresholds, above_median, graded, medal_of, percentile
from tui_aide.tree.node import Direction

FORMAT = 1


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
