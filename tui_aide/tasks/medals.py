"""Medals by Kaggle's rule, as MLE-bench applies it to a leaderboard (Chan et al., "MLE-bench", 2024). Pure Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from tui_aide.errors import UsageError
from tui_aide.tree.node import Direction

Medal = Literal["gold", "silver", "bronze"]
MEDALS: tuple[Medal, ...] = get_args(Medal)
"""From the best one down."""

DECIMALS = 5
"""To how many decimals MLE-bench's graders round a score before they rank it."""


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """The scores that medals of one leaderboard ask for, and its median.

    Attributes:
        gold, silver, bronze: the score of the last team that has the medal; a score equal to it has it, too.
        median: the median of all teams' scores; above it is only what is better.
        direction: whether less or more is better.
        teams: how many teams there are.
    """

    gold: float
    silver: float
    bronze: float
    median: float
    direction: Direction
    teams: int


def best_first(scores: Sequence[float], direction: Direction) -> list[float]:
    """Return the scores from the best to the worst."""
    return sorted(scores, reverse=direction == "max")


def positions(teams: int) -> tuple[int, int, int]:
    """Return the places, counted from 1, of the last teams with gold, silver and bronze.

    Shares of teams are cut to whole ones, and every medal goes to one team at least.

    Args:
        teams: how many teams there are, 1 or more.
    """
    # Products of floats, as MLE-bench has them: whole-number arithmetic could cut elsewhere.
    if teams < 250:
        gold = 10 if teams >= 100 else _share(teams, 0.1)
        return gold, _share(teams, 0.2), _share(teams, 0.4)
    gold = 10 + int(teams * 0.002)
    return (gold, 50, 100) if teams < 1000 else (gold, _share(teams, 0.05), _share(teams, 0.1))


def thresholds(scores: Sequence[float], direction: Direction) -> Thresholds:
    """Return what each medal asks for on a leaderboard.

    Args:
        scores: one a team, in any order.
        direction: whether less or more is better.

    Raises:
        UsageError: there is no team, or a score is not finite.
    """
    if not scores:
        raise UsageError("a leaderboard without teams has no medals; it needs one score at least.")
    if not all(map(math.isfinite, scores)):
        raise UsageError("a leaderboard's scores must be finite; take out the teams without one.")
    ranked = best_first(scores, direction)
    gold, silver, bronze = (ranked[position - 1] for position in positions(len(ranked)))
    return Thresholds(
        gold=gold, silver=silver, bronze=bronze, median=_median(ranked), direction=direction, teams=len(ranked)
    )


def graded(score: float) -> float:
    """Return a score as MLE-bench's graders hand it on: rounded to five decimals."""
    return round(score, DECIMALS)


def medal_of(score: float | None, thresholds: Thresholds) -> Medal | None:
    """Return the best medal that a score reaches; None where it reaches none, is not a number or is missing."""
    for medal in MEDALS:
        if _reaches(score, getattr(thresholds, medal), thresholds.direction):
            return medal
    return None


def above_median(score: float | None, thresholds: Thresholds) -> bool:
    """Return whether a score is better than the median; one equal to it is not."""
    reached = _reaches(score, thresholds.median, thresholds.direction)
    return reached and score != thresholds.median


def percentile(score: float, scores: Sequence[float], direction: Direction) -> float:
    """Return the share of teams, 0..1, whose score is no better: those that it beats and those that it ties with.

    MLE-bench has no such figure; 1 is the first place or a tie with it, 0 is behind every team.
    """
    return sum(_reaches(score, other, direction) for other in scores) / len(scores) if scores else math.nan


def _share(teams: int, share: float) -> int:
    return max(1, int(teams * share))


def _median(ranked: Sequence[float]) -> float:
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def _reaches(score: float | None, goal: float, direction: Direction) -> bool:
    if score is None:
        return False
    return score <= goal if direction == "min" else score >= goal
