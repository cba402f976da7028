"""The fold of a user's steering."""

from __future__ import annotations

from tests.searches import created, finished, started
from tests.tree.test_solution_tree import fold
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score

GROWN = (
    started(),
    created(0),
    finished(0, 0.5),
    created(1, (0,), "improve"),
    finished(1, 0.9),
    created(2, (1,), "improve"),
    finished(2, 0.8),
    created(3),
    finished(3, 0.6),
    created(4, (3, 1), "merge"),
    finished(4, 0.7),
)


def test_a_branch_is_all_below_a_node_and_a_merge_belongs_to_its_first_parent() -> None:
    tree = fold(*GROWN)
    assert [n.id for n in tree.branch(0)] == [0, 1, 2]
    assert [n.id for n in tree.branch(3)] == [3, 4]


def test_what_is_pruned_is_not_ranked_and_comes_back_in_its_place() -> None:
    assert [n.id for n in fold(*GROWN, ev.Pruned(node=1)).ranked()] == [4, 3, 0]
    assert [n.id for n in fold(*GROWN, ev.Pruned(node=1), ev.Restored(node=1)).ranked()] == [1, 2, 4, 3, 0]


def test_a_prune_within_a_pruned_branch_outlasts_it() -> None:
    tree = fold(*GROWN, ev.Pruned(node=2), ev.Pruned(node=0), ev.Restored(node=0))
    assert [n.id for n in tree.nodes.values() if n.pruned] == [2]


def test_what_is_made_below_a_pruned_or_paused_node_is_so_too() -> None:
    tree = fold(
        *GROWN, ev.Pruned(node=3), ev.BranchPaused(node=1), created(5, (4,)), created(6, (2,)), finished(5, 0.99)
    )
    assert tree.nodes[5].pruned
    assert tree.nodes[6].held
    assert tree.ranked(1)[0].id == 1


def test_a_pruned_node_is_the_best_no_longer() -> None:
    best = ev.IncumbentChanged(node=1, score=Score(0.9, 0.01), previous=None, gain=None, gain_se=None, reason="")
    chosen = ev.SelectionMade(candidates=(ev.Candidate(node=2, search=0.8, selection=0.8),), node=2, gap=0.0, reason="")
    assert fold(*GROWN, best, ev.Pruned(node=3)).incumbent == 1
    assert fold(*GROWN, best, ev.Pruned(node=0)).incumbent is None
    assert fold(*GROWN, best, chosen, ev.Pruned(node=2)).selected == 1


def test_hints_are_numbered_for_ever() -> None:
    tree = fold(started(), ev.HintGiven(hint=1, text="a"), ev.HintDropped(hint=1), ev.HintGiven(hint=2, text="b"))
    assert (tree.hints, tree.hint_count) == ({2: "b"}, 2)


def test_a_resumed_search_has_the_model_and_streams_that_it_was_resumed_with() -> None:
    tree = fold(started(), ev.ModelChanged(model="m", urls=("http://a",)), ev.StreamsChanged(workers=5, slots=2))
    assert (tree.model, tree.urls, tree.workers, tree.slots) == ("m", ("http://a",), 5, 2)
