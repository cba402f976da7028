"""Statistics agree with scipy's, with brute force over subsets, and with what is known of the distributions."""

from __future__ import annotations

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from tui_aide.bench.statistics import Estimate, band, best_of_k, contrast, estimate, pass_at_k


@pytest.mark.parametrize("draw", ["normal", "exponential", "binomial"])
def test_interval_of_one_task_agrees_with_scipy(draw: str) -> None:
    rng = np.random.default_rng(3)
    values = {"normal": rng.normal(size=40), "exponential": rng.exponential(size=40), "binomial": rng.random(40) < 0.3}
    sample = values[draw].astype(float)
    ours = estimate([sample])
    scipys = stats.bootstrap((sample,), np.mean, method="percentile", n_resamples=20_000, rng=1).confidence_interval
    spread = sample.std() / sqrt(len(sample))
    assert ours.low is not None
    assert ours.high is not None
    assert ours.mean == pytest.approx(sample.mean())
    assert ours.low == pytest.approx(scipys.low, abs=0.12 * spread)
    assert ours.high == pytest.approx(scipys.high, abs=0.12 * spread)


def test_interval_over_ragged_tasks_agrees_with_scipy_resampling_each() -> None:
    rng = np.random.default_rng(4)
    tasks = [rng.normal(0.2, 0.1, size=12), rng.normal(0.8, 0.3, size=20), rng.exponential(0.5, size=7)]
    ours = estimate(tasks)
    scipys = stats.bootstrap(
        tuple(tasks),
        lambda *s, axis: np.mean([own.mean(axis=axis) for own in s], axis=0),
        method="percentile",
        n_resamples=20_000,
        rng=1,
    ).confidence_interval
    assert ours.low == pytest.approx(scipys.low, abs=0.006)
    assert ours.high == pytest.approx(scipys.high, abs=0.006)


def test_interval_covers_the_true_mean_nearly_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for trial in range(200):
        found = estimate(rng.normal([[0.0], [1.0], [2.0], [3.0]], 1.0, size=(4, 10)), trial)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 1.5 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_tasks_are_strata_and_add_no_spread_of_their_own() -> None:
    found = estimate([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    assert found == Estimate(0.5, 0.5, 0.5)


def test_every_task_weighs_the_same_however_many_seeds_it_has() -> None:
    assert estimate([[1.0], [0.0, 0.0, 0.0]]).mean == 0.5


def test_single_seeds_give_a_mean_without_an_interval() -> None:
    assert estimate([[0.25], [0.75], []]) == Estimate(0.5, None, None)
    with pytest.raises(ValueError, match="no value"):
        estimate([[], []])


def test_intervals_shrink_with_seeds_and_are_the_same_again() -> None:
    rng = np.random.default_rng(0)
    few, many = (rng.normal(size=(3, n)) for n in (5, 500))
    a, b = estimate(few), estimate(many)
    assert a.low is not None
    assert a.high is not None
    assert b.low is not None
    assert b.high is not None
    assert a.low < a.mean < a.high
    assert b.high - b.low < (a.high - a.low) / 3
    assert estimate(few) == a
    assert estimate(few, seed=1) != a


def test_contrast_is_paired_so_that_what_both_share_cancels() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 10, size=(4, 8))
    found = contrast(shared + 1.0, shared)
    assert found.mean == pytest.approx(1.0)
    assert found.low == pytest.approx(1.0)
    assert contrast(shared, shared) == Estimate(0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="zip"):
        contrast([[1.0, 2.0]], [[1.0]])


def test_band_is_the_estimate_at_every_point() -> None:
    rng = np.random.default_rng(2)
    curves = [rng.normal(size=(6, 3)), rng.normal(size=(9, 3))]
    mean, low, high = band(curves)
    for point in range(3):
        one = estimate([c[:, point] for c in curves])
        assert mean[point] == pytest.approx(one.mean)
        assert low[point] == pytest.approx(one.low, abs=0.05)
        assert high[point] == pytest.approx(one.high, abs=0.05)


@pytest.mark.parametrize(("successes", "runs"), [(0, 5), (1, 5), (3, 7), (5, 5)])
def test_pass_at_k_is_the_share_of_subsets_with_a_success(successes: int, runs: int) -> None:
    outcomes = [True] * successes + [False] * (runs - successes)
    for k in range(1, runs + 1):
        subsets = [any(s) for s in combinations(outcomes, k)]
        assert pass_at_k(successes, runs, k) == pytest.approx(sum(subsets) / len(subsets))
    with pytest.raises(ValueError, match="within 1 and"):
        pass_at_k(1, 2, 3)


def test_best_of_k_is_the_mean_over_subsets_with_ties_shared() -> None:
    validation = [0.3, None, 0.9, 0.9, 0.1]
    outcomes = [0.5, 0.0, 0.2, 0.8, 1.0]
    for k in range(1, 6):
        worth = []
        for subset in combinations(range(5), k):
            best = max(-1.0 if (v := validation[i]) is None else v for i in subset)
            tied = [i for i in subset if (-1.0 if (v := validation[i]) is None else v) == best]
            worth.append(sum(outcomes[i] for i in tied) / len(tied))
        assert best_of_k(validation, outcomes, k) == pytest.approx(sum(worth) / len(worth))
