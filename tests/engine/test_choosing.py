"""How candidates are compared: likeness of predictions, clusters, ranking by pairs."""

from __future__ import annotations

import numpy as np
import pytest

from tui_aide.engine.strategies.agreement import clusters, likeness, medoid
from tui_aide.engine.strategies.reviewing import failing_lines, finds_nothing
from tui_aide.engine.strategies.verifier import bradley_terry

RNG = np.random.default_rng(0)


def test_labels_are_as_alike_as_many_of_them_are_equal() -> None:
    a = np.array([0, 1, 2, 1])
    assert likeness([a, np.array([0, 1, 2, 2])], labels=True) == [[1.0, 0.75], [0.75, 1.0]]


def test_values_are_alike_by_concordance_not_by_correlation() -> None:
    truth = RNG.normal(size=500)
    near, shifted, scaled, apart = truth + RNG.normal(size=500) * 0.1, truth + 5, truth * 10, RNG.normal(size=500)
    alike = likeness([truth, near, shifted, scaled, apart], labels=False)
    assert alike[0][1] > 0.98
    assert alike[0][2] < 0.2
    assert alike[0][3] < 0.5
    assert alike[0][4] < 0.2
    constant = np.ones(5)
    assert likeness([constant, constant], labels=False)[0][1] == 1.0


def test_probabilities_are_compared_over_all_columns() -> None:
    base = RNG.dirichlet((1, 1, 1), size=300)
    other = RNG.dirichlet((1, 1, 1), size=300)
    alike = likeness([base, base * 0.98 + 0.02 / 3, other], labels=False)
    assert alike[0][1] > 0.99
    assert alike[0][2] < 0.3


def test_groups_are_joined_while_they_are_alike_enough() -> None:
    alike = [[1, 0.95, 0.2], [0.95, 1, 0.3], [0.2, 0.3, 1]]
    assert sorted(clusters(alike, 0.9)) == [[0, 1], [2]]
    assert len(clusters(alike, 0.96)) == 3
    assert clusters(alike, 0.0) == [[0, 1, 2]]
    assert clusters([[1.0]], 0.9) == [[0]]
    assert medoid([[1, 0.9, 0.5], [0.9, 1, 0.9], [0.5, 0.9, 1]], [0, 1, 2]) == 1


def test_a_chain_of_neighbours_is_not_one_opinion() -> None:
    steps = [[1 - 0.08 * abs(i - j) for j in range(8)] for i in range(8)]
    assert max(len(group) for group in clusters(steps, 0.9)) < 5


@pytest.mark.parametrize("players", [[0, 1, 2, 3], [5, 2]])
def test_strengths_follow_the_wins_and_sum_to_one(players: list[int]) -> None:
    wins = {(a, b): 2.0 for i, a in enumerate(players) for b in players[i + 1 :]}
    strengths = bradley_terry(players, wins)
    assert sorted(players, key=lambda p: -strengths[p]) == players
    assert sum(strengths.values()) == pytest.approx(1)
    assert all(s > 0 for s in strengths.values())


def test_strengths_are_those_of_the_model_that_drew_the_wins() -> None:
    true = {0: 0.5, 1: 0.3, 2: 0.2}
    wins = {(a, b): 1e6 * true[a] / (true[a] + true[b]) for a in true for b in true if a != b}
    found = bradley_terry(list(true), wins)
    assert found == pytest.approx(true, abs=1e-3)
    assert bradley_terry([3], {}) == {3: 1.0}


def test_the_failing_lines_are_those_of_the_last_traceback() -> None:
    code = "\n".join(f"line_{i}" for i in range(1, 31))
    first = 'Traceback (most recent call last):\n  File "/w/solution.py", line 2, in <module>\nKeyError: 1\n'
    last = 'Traceback (most recent call last):\n  File "/w/solution.py", line 25, in f\n  File "x.py", line 3\nError\n'
    shown = failing_lines(code, first + "more\n" + last)
    assert ">   25  line_25" in shown
    assert "line_2\n" not in shown
    assert shown.count("\n") == 6
    assert failing_lines(code, "no traceback") == ""
    assert failing_lines("", last) == ""


@pytest.mark.parametrize(
    ("review", "nothing"),
    [
        ("All is well.\n\nNo specific errors found.", True),
        ("no issues", True),
        ("1. Line 3: use the median.\n\nNo other errors found.", False),
        ("It raises errors.", False),
        ("", False),
    ],
)
def test_a_review_without_edits_is_told_from_one_with(review: str, nothing: bool) -> None:
    assert finds_nothing(review) is nothing
