from __future__ import annotations

import pytest

from tests.engine.policies.trees import node, nodes, tree_of
from tests.searches import created
from tui_aide.engine.policies.search_tree import ROOT, SearchTree
from tui_aide.engine.policies.worth import FLOOR, Worth


def test_valid_nodes_lie_evenly_between_floor_and_one() -> None:
    events = nodes(node(0, 1.0), node(1, 3.0), node(2, 2.0), node(3), created(4), node(5, verdict="cancelled"))
    up, down = Worth(tree_of(*events)), Worth(tree_of(*events, direction="min"))
    middle = (1 + FLOOR) / 2
    assert up.of == {0: FLOOR, 1: 1.0, 2: pytest.approx(middle), 3: 0.0}
    assert down.of == {0: 1.0, 1: FLOOR, 2: pytest.approx(middle), 3: 0.0}


def test_one_bad_outlier_does_not_level_the_others() -> None:
    values = [0.80, 0.82, 0.84, 0.86, 0.88, 0.90, -1e6]
    worth = Worth(tree_of(*nodes(*(node(i, v) for i, v in enumerate(values))))).of
    assert worth[6] == FLOOR
    assert worth[5] - worth[0] > 0.25


def test_equal_scores_are_worth_one_and_flat() -> None:
    worth = Worth(tree_of(*nodes(node(0, 0.5), node(1, 0.5), node(2))))
    assert worth.flat
    assert worth.of == {0: 1.0, 1: 1.0, 2: 0.0}
    assert Worth(tree_of()).flat


def test_subtrees_sum_up_with_virtual_loss_and_chains_counted_once() -> None:
    events = nodes(
        node(0, 0.5),
        node(1),
        node(2, 0.9, 1, "debug"),
        created(3, (0,), "improve"),
        node(4, None, 0, verdict="cancelled"),
    )
    search = SearchTree(tree_of(*events))
    assert search.children[ROOT] == [0, 1]
    assert search.children[0] == [3], "a cancelled node without descendants is left out"
    assert (search.below[0].count, search.below[0].total) == (2, FLOOR)
    assert (search.below[1].count, search.below[1].total) == (1, 1.0), "the failure counts as its repair"
    assert search.own[1].total == 1.0
    assert (search.below[ROOT].count, search.below[ROOT].total) == (3, 1.0 + FLOOR)
    assert search.leading_to([2]) == {1, 2}
