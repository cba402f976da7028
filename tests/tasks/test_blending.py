from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_aide.tasks.blending import STEPS, Vote, blend, greedy_counts

Array = npt.NDArray[Any]


def labels(*rows: list[int]) -> list[Array]:
    return [np.array(own) for own in rows]


def test_values_and_probabilities_are_averaged_with_weights() -> None:
    values = [np.array([1.0, 2.0]), np.array([4.0, 5.0])]
    assert blend(values, (2, 1), "values") == pytest.approx([2.0, 3.0])
    wide = [np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])]
    assert blend(wide, (1, 3), "probabilities") == pytest.approx(np.array([[0.25, 0.75]]))


def test_labels_are_voted_with_weights_and_ties_go_to_the_best_single() -> None:
    votes = labels([0, 0, 0], [1, 1, 0], [1, 2, 2])
    assert blend(votes, (1, 1, 1), "labels").tolist() == [1, 0, 0]
    assert blend(votes, (2, 1, 1), "labels").tolist() == [0, 0, 0]
    assert blend(votes, (1, 2, 0), "labels").tolist() == [1, 1, 0]


@given(
    st.integers(1, 5).flatmap(
        lambda nodes: st.tuples(
            st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=nodes, max_size=nodes),
            st.lists(st.integers(0, 4), min_size=nodes, max_size=nodes).filter(any),
        )
    )
)
def test_vote_is_the_plain_count_of_votes(drawn: tuple[list[list[int]], list[int]]) -> None:
    own, counts = drawn
    result = blend(labels(*own), counts, "labels").tolist()
    for row, label in enumerate(result):
        tally = {c: sum(n for o, n in zip(own, counts, strict=True) if o[row] == c) for c in range(5)}
        tied = {c for c, votes in tally.items() if votes == max(tally.values())}
        assert label == next(o[row] for o in own if o[row] in tied)


def rmse(truth: Array) -> Any:
    return lambda predictions: float(np.sqrt(np.mean((predictions - truth) ** 2)))


def test_independent_errors_are_blended_and_a_bad_node_is_left_out() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2000)
    good = [truth + rng.normal(scale=0.5, size=2000) for _ in range(4)]
    counts, value = greedy_counts([*good, truth + 5], "values", rmse(truth), "min")
    assert sum(counts) <= STEPS
    assert min(counts[:4]) > 0
    assert counts[4] == 0
    assert value < 0.3
    assert value == pytest.approx(rmse(truth)(blend([*good, truth], counts, "values")))


def test_three_voters_are_found_though_two_change_nothing() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 3000)
    votes = [np.where(rng.random(3000) < 0.3, (truth + 1 + rng.integers(0, 2, 3000)) % 3, truth) for _ in range(5)]

    def accuracy(own: Array) -> float:
        return float(np.mean(own == truth))

    counts, value = greedy_counts(votes, "labels", accuracy, "max")
    assert sum(count > 0 for count in counts) >= 3
    assert value > accuracy(votes[0]) + 0.05


def test_the_best_node_alone_where_nothing_helps() -> None:
    truth = np.arange(50.0)
    counts, value = greedy_counts([truth, truth + 5, truth * 2], "values", rmse(truth), "min")
    assert (counts, value) == ((1, 0, 0), 0.0)


def test_a_metric_that_no_blend_has_leaves_the_best_node() -> None:
    counts, value = greedy_counts([np.ones(3), np.zeros(3)], "values", lambda _: math.nan, "max")
    assert counts == (1, 0)
    assert math.isnan(value)


def test_a_slow_metric_is_given_its_time_and_no_more() -> None:
    def slow(predictions: Array) -> float:
        time.sleep(0.02)
        return float(predictions[0])

    start = time.perf_counter()
    counts, _ = greedy_counts([np.array([float(n)]) for n in range(10)], "values", slow, "max", seconds=0.1)
    assert time.perf_counter() - start < 0.5
    assert counts == (1, *[0] * 9)  # not one step was complete


def test_votes_cost_nothing_for_more_classes() -> None:
    rng = np.random.default_rng(2)
    vote = Vote([rng.integers(0, 10**6, 10_000) for _ in range(10)])
    vote.add(0)
    assert vote.with_one(1).shape == (10_000,)
