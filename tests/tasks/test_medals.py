"""Our medals against MLE-bench's: benchmarks/medal_rule.py asked its own code, and wrote medal_cases.json."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_aide.errors import UsageError
from tui_aide.tasks.medals import above_median, graded, medal_of, percentile, positions, thresholds
from tui_aide.tree.node import Direction

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "medal_cases.json").read_text(encoding="utf-8"))


def _scores(how: str, teams: int) -> list[float]:
    if how == "tied":
        return [round(place // 7 * 0.01, 2) for place in range(1, teams + 1)]
    return [round(place * 0.001, 3) for place in range(1, teams + 1)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['how']}-{case['teams']}-{case['direction']}")
def test_medals_are_those_that_mle_bench_gives(case: dict[str, Any]) -> None:
    limits = thresholds(_scores(case["how"], case["teams"]), case["direction"])
    assert [limits.gold, limits.silver, limits.bronze, limits.median] == case["thresholds"]
    found = [[score, medal_of(score, limits), above_median(score, limits)] for score, _, _ in case["scores"]]
    assert found == case["scores"]


def test_the_cases_have_every_size_of_leaderboard_both_directions_and_ties() -> None:
    sizes = {case["teams"] for case in CASES}
    assert {1, 9, 10, 99, 100, 249, 250, 999, 1000} <= sizes
    assert {(case["how"], case["direction"]) for case in CASES} == {
        (how, direction) for how in ("distinct", "tied") for direction in ("min", "max")
    }
    assert {medal for case in CASES for _, medal, _ in case["scores"]} == {"gold", "silver", "bronze", None}


@pytest.mark.parametrize(
    ("teams", "places"),
    [(1, (1, 1, 1)), (99, (9, 19, 39)), (100, (10, 20, 40)), (249, (10, 49, 99)), (250, (10, 50, 100)),
     (999, (11, 50, 100)), (1000, (12, 50, 100)), (3000, (16, 150, 300))],
)  # fmt: skip
def test_places_by_number_of_teams(teams: int, places: tuple[int, int, int]) -> None:
    assert positions(teams) == places


def test_what_is_no_number_or_missing_has_no_medal() -> None:
    limits = thresholds([0.1, 0.2], "min")
    for score in (None, math.nan, math.inf):
        assert medal_of(score, limits) is None
        assert not above_median(score, limits)


@pytest.mark.parametrize("scores", [[], [0.5, math.nan], [math.inf]])
def test_leaderboards_without_scores_are_refused(scores: list[float]) -> None:
    with pytest.raises(UsageError, match="leaderboard"):
        thresholds(scores, "max")


def test_percentile_counts_teams_beaten_and_tied_with() -> None:
    scores = [0.1, 0.2, 0.2, 0.4]
    assert percentile(0.2, scores, "max") == 0.75
    assert percentile(0.2, scores, "min") == 0.75
    assert percentile(0.05, scores, "max") == 0
    assert percentile(0.05, scores, "min") == 1
    assert percentile(math.nan, scores, "max") == 0


def test_scores_are_rounded_as_graders_do() -> None:
    assert graded(0.123456) == 0.12346


@given(st.lists(st.integers(0, 30), min_size=1, max_size=300), st.integers(0, 30))
def test_both_directions_are_mirror_images(places: list[int], place: int) -> None:
    up, down = thresholds(places, "max"), thresholds([-p for p in places], "min")
    assert (up.gold, up.silver, up.bronze) == (-down.gold, -down.silver, -down.bronze)
    assert medal_of(place, up) == medal_of(-place, down)
    assert percentile(place, places, "max") == percentile(-place, [-p for p in places], "min")


@pytest.mark.parametrize("direction", ["min", "max"])
def test_order_of_the_teams_does_not_matter(direction: Direction) -> None:
    scores = [0.3, 0.1, 0.2, 0.5, 0.4]
    assert thresholds(scores, direction) == thresholds(sorted(scores), direction)
