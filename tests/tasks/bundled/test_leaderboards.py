from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from tui_aide.tasks.bundled import BUNDLED
from tui_aide.tasks.leaderboard import bundled_leaderboard
from tui_aide.tasks.medals import medal_of, percentile

PACKAGED = [name for name in BUNDLED if bundled_leaderboard(name) is not None]


def _teams(name: str) -> dict[str, float]:
    file = files("tui_aide.tasks.bundled").joinpath("leaderboards", f"{name}.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    return {row["team"]: float(row["score"]) for row in rows}


def test_every_task_has_a_leaderboard() -> None:
    assert set(BUNDLED) == set(PACKAGED)


@pytest.mark.parametrize("name", PACKAGED)
def test_leaderboard_has_a_hundred_teams_from_the_constant_to_the_strong_reference(name: str) -> None:
    board, task = bundled_leaderboard(name), BUNDLED[name]
    assert board is not None
    assert board.source == "bundled"
    assert len(board.scores) == len(_teams(name)) == 100
    assert board.direction == task.direction
    teams = _teams(name)
    assert list(teams.values()) == list(board.scores)
    assert teams["strong"] == pytest.approx(task.references.strong, abs=1e-4)
    assert medal_of(teams["strong"], board.thresholds) == "gold"
    assert percentile(task.references.dummy, board.scores, board.direction) < 0.25
    # Of records that are mostly empty a linear model makes nearly as much as plain trees do.
    assert medal_of(task.references.simple, board.thresholds) in ((None, "bronze") if name == "patchwork" else (None,))


@pytest.mark.parametrize("name", PACKAGED)
def test_sensible_references_are_no_gold(name: str) -> None:
    board, task = bundled_leaderboard(name), BUNDLED[name]
    assert board is not None
    assert medal_of(task.references.sensible, board.thresholds) != "gold"
    assert percentile(task.references.sensible, board.scores, board.direction) > 0.3
