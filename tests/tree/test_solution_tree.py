from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.searches import created, finished, started
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree


def fold(*events: ev.Event) -> SolutionTree:
    tree = SolutionTree()
    for seq, event in enumerate(events, 1):
        tree.apply(ev.decode(ev.encode(_stamped(event, seq))))
    return tree


def _stamped(event: ev.Event, seq: int) -> ev.Event:
    import msgspec

    return msgspec.structs.replace(event, seq=seq, time=event.time or float(seq))


def test_children_and_depth_follow_parents() -> None:
    tree = fold(started(), created(0), finished(0, 0.5), created(1, (0,), "improve"), created(2, (1,), "improve"))
    assert tree.roots == [0]
    assert tree.nodes[0].children == [1]
    assert tree.nodes[2].depth == 2
    assert set(tree.running) == {1, 2}


def test_ranking_respects_the_direction() -> None:
    scores = [finished(0, 0.5), finished(1, 0.9), finished(2, 0.1)]
    nodes = [created(0), created(1), created(2)]
    assert [n.id for n in fold(started("max"), *nodes, *scores).ranked()] == [1, 0, 2]
    assert [n.id for n in fold(started("min"), *nodes, *scores).ranked()] == [2, 0, 1]


def test_equal_scores_rank_the_earlier_node_first() -> None:
    tree = fold(started(), created(0), created(1), finished(1, 0.5), finished(0, 0.5))
    assert [n.id for n in tree.ranked()] == [0, 1]


def test_buggy_node_is_done_but_not_ranked() -> None:
    tree = fold(started(), created(0), finished(0, None, verdict="crash"))
    assert tree.nodes[0].buggy
    assert tree.ranked() == []


def test_cancelled_node_is_neither_valid_nor_buggy() -> None:
    node = fold(started(), created(0), finished(0, None, verdict="cancelled")).nodes[0]
    assert not node.buggy
    assert not node.valid


def test_debug_depth_counts_debug_steps_in_a_row() -> None:
    tree = fold(
        started(),
        created(0),
        created(1, (0,), "debug"),
        created(2, (1,), "debug"),
        created(3, (2,), "improve"),
        created(4, (3,), "debug"),
    )
    assert [tree.debug_depth(tree.nodes[i]) for i in range(5)] == [0, 1, 2, 0, 1]


def test_restarted_node_loses_what_it_had_and_counts_once() -> None:
    sample = ev.SampleFinished(
        node=0, sample=0, tokens=Tokens(10, 5, 5), seconds=1, first_token_seconds=0.1, finish="stop"
    )
    tree = fold(started(), created(0), sample, ev.NodeRestarted(node=0), finished(0, 0.5, tokens=Tokens(1, 1, 1)))
    assert tree.nodes[0].tokens == Tokens(1, 1, 1)
    assert tree.tokens == Tokens(1, 1, 1)
    assert tree.finished_count == 1


def test_nothing_runs_after_the_end_nor_before_the_restart() -> None:
    executing = ev.ExecutionStarted(node=0, slot=0, threads=1)
    stopped = ev.SessionFinished(status="stopped", reason="the test")
    tree = fold(started(), created(0), executing, stopped)
    assert not tree.running
    assert tree.nodes[0].phase == "queued"
    tree = fold(started(), created(0), executing, ev.SessionResumed(budget=ev.Budget(), model="m", workers=1, slots=1))
    assert not tree.running
    tree.apply(ev.NodeRestarted(node=0))
    assert set(tree.running) == {0}


def test_wall_clock_leaves_out_the_time_between_death_and_resume() -> None:
    resumed = ev.SessionResumed(time=1000.0, budget=ev.Budget(), model="m", workers=1, slots=1)
    tree = fold(started(time=10.0), created(0, time=14.0), resumed)
    assert tree.wall(1005.0) == pytest.approx(4.0 + 5.0)


def test_new_incumbent_voids_an_earlier_selection() -> None:
    selection = ev.SelectionMade(candidates=(ev.Candidate(0, 0.5, 0.4),), node=0, gap=0.1, reason="")
    better = ev.IncumbentChanged(node=1, score=Score(0.9), previous=0, gain=0.4, gain_se=0.1, reason="")
    tree = fold(started(), created(0), created(1), finished(0, 0.5), selection)
    assert tree.selected == 0
    tree.apply(better)
    assert tree.selected == 1


def test_unknown_node_is_an_error() -> None:
    with pytest.raises(KeyError):
        fold(started(), finished(7, 0.5))


@given(
    st.lists(st.tuples(st.booleans(), st.floats(allow_nan=False, allow_infinity=False, width=32)), max_size=30),
    st.sampled_from(["min", "max"]),
)
def test_best_ranked_node_is_never_worse_than_any_other(results: list[tuple[bool, float]], direction: str) -> None:
    events: list[ev.Event] = [started("min" if direction == "min" else "max")]
    for i, (valid, value) in enumerate(results):
        events += [created(i), finished(i, value if valid else None, verdict="valid" if valid else "crash")]
    tree = fold(*events)
    values = [v for ok, v in results if ok]
    ranked = tree.ranked()
    assert len(ranked) == len(values)
    if ranked:
        assert ranked[0].score is not None
        assert ranked[0].score.value == (min(values) if direction == "min" else max(values))


def test_ensemble_and_refit_belong_to_the_selection_before_them() -> None:
    selection = ev.SelectionMade(candidates=(ev.Candidate(0, 0.5, 0.4),), node=0, gap=0.1, reason="")
    blend = ev.EnsembleMade(
        candidates=(0, 1),
        selected=0,
        members=(),
        search=None,
        selection=None,
        gain=None,
        se=None,
        kept=False,
        reason="",
    )
    refit = ev.Refitted(node=0, kept=True, outcome="kept", agreement=0.9, least=0.8, seconds=4.0, reason="")
    events = [started(), created(0), created(1), finished(0, 0.5), finished(1, 0.4), selection, blend, refit]
    tree = fold(*events)
    assert (tree.ensemble is not None, tree.refit is not None) == (True, True)
    spent = tree.execution_seconds
    assert spent == fold(*events[:-1]).execution_seconds + 4.0
    for again in (
        selection,
        ev.IncumbentChanged(node=1, score=Score(0.9), previous=0, gain=0.4, gain_se=0.1, reason=""),
    ):
        tree = fold(*events, again)
        assert (tree.ensemble, tree.refit, tree.execution_seconds) == (None, None, spent)
    assert fold(*events, blend).refit == fold(*events).refit
