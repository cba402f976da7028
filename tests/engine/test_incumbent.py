from __future__ import annotations

import random
import statistics

import pytest

from tui_aide.engine.incumbent import challenge, choose
from tui_aide.tasks.jackknife import paired_gain
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev


def report(value: float, replicates: tuple[float, ...] = (), se: float | None = 0.01) -> ScoreReport:
    return ScoreReport(value=value, se=se, replicates=replicates, rows=100)


def jackknife(values: list[float], groups: int = 20) -> ScoreReport:
    """The mean with its delete-group replicates."""
    parts = [values[g::groups] for g in range(groups)]
    total, n = sum(values), len(values)
    replicates = tuple((total - sum(p)) / (n - len(p)) for p in parts)
    return report(total / n, replicates)


def test_gain_is_positive_when_better_in_either_direction() -> None:
    assert paired_gain("max", report(0.8), report(0.7))[0] == pytest.approx(0.1)
    assert paired_gain("min", report(0.7), report(0.8))[0] == pytest.approx(0.1)


def test_paired_standard_error_matches_the_known_one_of_a_mean() -> None:
    rng = random.Random(1)
    a = [rng.gauss(0, 1) for _ in range(2000)]
    b = [x + rng.gauss(0.1, 0.2) for x in a]
    _, se = paired_gain("max", jackknife(b), jackknife(a))
    exact = statistics.stdev(y - x for x, y in zip(a, b, strict=True)) / 2000**0.5
    assert se == pytest.approx(exact, rel=0.5)
    unpaired = (statistics.variance(a) / 2000 + statistics.variance(b) / 2000) ** 0.5
    assert se is not None
    assert se < unpaired / 2


def test_first_valid_node_becomes_the_incumbent() -> None:
    event = challenge("max", 3, report(0.5), None, None)
    assert isinstance(event, ev.IncumbentChanged)
    assert event.previous is None


def test_gain_within_one_standard_error_is_rejected_with_the_reason() -> None:
    old = report(0.70, (0.70, 0.71, 0.69, 0.70))
    new = report(0.71, (0.72, 0.70, 0.72, 0.70))
    event = challenge("max", 5, new, 2, old)
    assert isinstance(event, ev.ChallengerRejected)
    assert event.incumbent == 2
    assert "within one standard error" in event.reason


def test_gain_beyond_one_standard_error_replaces() -> None:
    old = report(0.70, (0.70, 0.71, 0.69, 0.70))
    new = report(0.75, (0.75, 0.76, 0.74, 0.75))
    event = challenge("max", 5, new, 2, old)
    assert isinstance(event, ev.IncumbentChanged)
    assert event.previous == 2


def test_no_better_node_makes_no_event() -> None:
    assert challenge("min", 5, report(0.9), 2, report(0.8)) is None


def test_selection_takes_the_best_on_rows_that_nothing_was_tuned_on() -> None:
    event = choose("max", [4, 2, 9], [0.90, 0.89, 0.88], [0.80, 0.86, 0.85])
    assert event.node == 2
    assert event.gap == pytest.approx(0.03)
    assert "better" in event.reason


def test_selection_tie_goes_to_the_better_search_score() -> None:
    assert choose("min", [4, 2], [0.1, 0.2], [0.3, 0.3]).node == 4
