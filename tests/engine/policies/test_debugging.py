from __future__ import annotations

import random

from tests.engine.policies.trees import node, nodes, tree_of
from tests.searches import created
from tui_aide.engine.policies import Greedy
from tui_aide.engine.policies.debugging import Debugging, repeats
from tui_aide.tree import events as ev

KEY, VALUE = "KeyError: 'x'", "ValueError: could not convert"
TWICE = nodes(node(0, message=KEY), node(1, None, 0, "debug", message="KeyError: 'y'"))


def candidates(events: list[ev.Event], steps: int = 3, give_up: bool = True) -> list[int]:
    return [n.id for n in Debugging(steps, give_up).candidates(tree_of(*events))]


def test_failed_leaves_are_debugged_up_to_the_limit() -> None:
    events = nodes(node(0, message=KEY), node(1, 0.5), node(2, None, 0, "debug", message=VALUE))
    assert candidates(events) == [2]
    assert candidates(events, steps=1) == []
    assert candidates(nodes(node(0)), steps=0) == []


def test_in_flight_and_cancelled_nodes_are_no_failures() -> None:
    assert candidates(nodes(created(0), node(1, verdict="cancelled"))) == []


def test_a_bug_under_repair_waits_and_a_cancelled_repair_frees_it() -> None:
    under_way = nodes(node(0), created(1, (0,), "debug"))
    assert candidates(under_way) == []
    assert candidates(nodes(node(0), node(1, None, 0, "debug", "cancelled"))) == [0]


def test_the_same_failure_twice_ends_the_chain() -> None:
    tree = tree_of(*TWICE)
    assert repeats(tree, tree.nodes[1])
    assert candidates(TWICE) == []
    assert candidates(TWICE, give_up=False) == [1]


def test_another_exception_or_verdict_is_no_repetition() -> None:
    assert candidates(nodes(node(0, message=KEY), node(1, None, 0, "debug", message=VALUE))) == [1]
    assert candidates(nodes(node(0, message=KEY), node(1, None, 0, "debug", "timeout", KEY))) == [1]


def test_an_improvement_that_fails_alike_is_no_debug_step() -> None:
    assert candidates(nodes(node(0, message=KEY), node(1, None, 0, "branch", message=KEY))) == [1]


def test_one_draft_is_owed_for_each_chain_given_up() -> None:
    debugging = Debugging(3, True)
    owed = debugging.owed_draft(tree_of(*TWICE))
    assert owed is not None
    assert (owed.operator, owed.parents) == ("draft", ())
    assert owed.reason == (
        "a fresh draft: #0 and #1, which was to debug it, failed alike (crash, KeyError), so no third try"
    )
    assert debugging.owed_draft(tree_of(*TWICE, created(2))) is None
    assert debugging.owed_draft(tree_of(*TWICE, *node(2, verdict="cancelled"))) is not None
    two = nodes(TWICE, node(2, message=VALUE), node(3, None, 2, "debug", message=VALUE))
    assert debugging.owed_draft(tree_of(*two)) is not None, "draft 2 paid for chain 1, none for chain 3"
    assert debugging.owed_draft(tree_of(*two, created(4))) is None
    assert Debugging(3, False).owed_draft(tree_of(*TWICE)) is None


def test_greedy_gives_up_only_when_told_to() -> None:
    tree = tree_of(*TWICE)
    aide = Greedy(drafts=1, debug_probability=1.0)
    assert aide.choose(tree, random.Random(0)).parents == (1,)
    told = Greedy(drafts=1, debug_probability=1.0, give_up_on_repeats=True)
    assert "no third try" in told.choose(tree, random.Random(0)).reason
