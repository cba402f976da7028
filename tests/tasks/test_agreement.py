from __future__ import annotations

import numpy as np
import pytest

from tui_aide.tasks.agreement import CLOSEST, FARTHEST, agree

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=500)
BEFORE = RNG.normal(size=300)


def test_the_same_values_agree_wholly() -> None:
    found = agree("values", BEFORE, BEFORE.copy(), TRUTH, TRUTH)
    assert (found.value, found.least) == (1.0, 1 - CLOSEST)


@pytest.mark.parametrize(
    "after", [BEFORE * 10, BEFORE + 3, RNG.permutation(BEFORE), np.exp(BEFORE), np.zeros(300)], ids=range(5)
)
def test_other_scales_places_and_orders_do_not_agree(after: np.ndarray) -> None:
    found = agree("values", BEFORE, after, TRUTH + RNG.normal(size=500), TRUTH)
    assert found.value < found.least == 1 - FARTHEST


def test_the_worse_the_solution_the_more_its_refit_may_differ() -> None:
    least = [agree("values", BEFORE, BEFORE, TRUTH + error, TRUTH).least for error in (0.0, 0.1, 0.15, 5.0)]
    assert least == sorted(least, reverse=True)
    assert (least[0], least[-1]) == (1 - CLOSEST, 1 - FARTHEST)
    assert len(set(least)) == 4


def test_labels_agree_by_the_share_that_is_equal() -> None:
    before = np.zeros(100, dtype=np.int64)
    after = before.copy()
    after[:15] = 1
    truth = np.zeros(100, dtype=np.int64)
    right, wrong = np.zeros(100, dtype=np.int64), np.array([1] * 10 + [0] * 90)
    assert agree("labels", before, after, right, truth).value == 0.85
    assert agree("labels", before, after, right, truth).least == 0.9
    assert agree("labels", before, after, wrong, truth).least == pytest.approx(0.8)


def test_probabilities_of_several_classes() -> None:
    before = RNG.dirichlet(np.ones(3), 200)
    codes = RNG.integers(0, 3, 200)
    close = 0.9 * before + 0.1 / 3
    assert agree("probabilities", before, close, before, codes).value == pytest.approx(0.9, abs=0.02)
    swapped = agree("probabilities", before, before[:, [1, 2, 0]], before, codes)
    assert swapped.value < swapped.least == 0.5


def test_constant_predictions_agree_with_themselves_only() -> None:
    flat = np.full(10, 0.3)
    assert agree("values", flat, flat, TRUTH, TRUTH).value == 1.0
    assert agree("values", flat, flat + 0.1, TRUTH, TRUTH).value == 0.0
