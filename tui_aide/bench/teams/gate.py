"""Whether a leaderboard tells good from middling: how far gold lies from the median, in errors of that difference."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from tui_aide.bench.teams.making import Entry
from tui_aide.bench.teams.rows import TeamRows
from tui_aide.tasks.jackknife import paired_gain, replicate
from tui_aide.tasks.medals import positions
from tui_aide.tasks.splitting import JACKKNIFE_GROUPS

LEAST = 3.0
"""Paired standard errors that gold has to be better than the median."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """How gold compares with the median on one leaderboard.

    Attributes:
        gold, median: the scores of the last team with gold, and of the better one of the two in the middle.
        gain: how much better gold is.
        se: the standard error of `gain` over the test rows, both teams on the same ones.
        best: the best team's score.
        teams: how many teams there are.
    """

    gold: float
    median: float
    gain: float
    se: float
    best: float
    teams: int

    @property
    def errors(self) -> float:
        """The gain in standard errors."""
        return self.gain / self.se if self.se > 0 else float("inf")

    @property
    def passes(self) -> bool:
        """Whether the leaderboard tells the two apart."""
        return self.errors >= LEAST


class _Scored(msgspec.Struct, frozen=True):
    value: float
    replicates: tuple[float, ...]


def gap(rows: TeamRows, entries: Sequence[Entry]) -> Gap:
    """Return how far gold is from the median, by the delete-group jackknife over the test rows.

    Args:
        rows: the task's rows.
        entries: its teams, in any order.
    """
    direction = rows.metric.direction
    ranked = sorted(entries, key=lambda e: e.score if direction == "min" else -e.score)
    gold, median = ranked[positions(len(ranked))[0] - 1], ranked[(len(ranked) - 1) // 2]
    groups = rows.jackknife_groups(JACKKNIFE_GROUPS)
    first, second = (_scored(rows, entry, groups) for entry in (gold, median))
    gain, error = paired_gain(direction, first, second)
    return Gap(
        gold=gold.score,
        median=median.score,
        gain=gain,
        se=float("nan") if error is None else error,
        best=ranked[0].score,
        teams=len(ranked),
    )


def _scored(rows: TeamRows, entry: Entry, groups: np.ndarray) -> _Scored:
    replicates = replicate(rows.metric.score, rows.truth, rows.submitted(entry.predictions), groups)
    return _Scored(entry.score, replicates)
