from __future__ import annotations

import msgspec

from tests.searches import created, finished, started
from tui_aide.engine.policies.worth import FLOOR, Worth
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, ScoreSource
from tui_aide.tree.solution_tree import SolutionTree


def searched(*scores: tuple[float, ScoreSource]) -> SolutionTree:
    tree = SolutionTree()
    tree.apply(started())
    for number, (value, source) in enumerate(scores):
        tree.apply(created(number))
        done = finished(number, value)
        tree.apply(msgspec.structs.replace(done, score=Score(value, None, source)))
    return tree


def test_reported_scores_rank_behind_all_that_were_measured() -> None:
    tree = searched((0.99, "reported"), (0.5, "holdout"), (0.995, "reported"), (0.7, "holdout"))
    assert [n.id for n in tree.ranked()] == [3, 1, 2, 0]
    tree.apply(ev.Pruned(node=3))
    assert [n.id for n in tree.ranked()] == [1, 2, 0]
    tree.apply(ev.Restored(node=3))
    assert [n.id for n in tree.ranked()] == [3, 1, 2, 0]


def test_beside_measured_scores_a_reported_one_is_worth_no_more_than_that_it_runs() -> None:
    worth = Worth(searched((0.99, "reported"), (0.5, "holdout"), (0.7, "holdout"))).of
    assert worth == {0: FLOOR, 1: FLOOR, 2: 1.0}
    alone = Worth(searched((0.9, "reported"), (0.5, "reported"))).of
    assert alone == {0: 1.0, 1: FLOOR}
