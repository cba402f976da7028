"""Exact choices of each policy on hand-made trees."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.engine.policies.trees import node, nodes, tree_of
from tests.searches import created
from tui_aide.engine.policies import AbMcts, BestFirst, Choice, Evolution, Mcts, Policy
from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction

DRAFTS = nodes(node(0, 0.5), node(1, 0.9), node(2, 0.7))


def choose(policy: Policy, events: list[ev.Event], seed: int = 0, direction: Direction = "max") -> Choice:
    return policy.choose(tree_of(*events, direction=direction), random.Random(seed))


def test_best_first_goes_down_the_ranking_as_nodes_fill_up() -> None:
    policy = BestFirst(width=1)
    assert choose(policy, DRAFTS).parents == (1,)
    assert choose(policy, DRAFTS, direction="min").parents == (0,)
    full = nodes(DRAFTS, created(3, (1,), "improve"))
    choice = choose(policy, full)
    assert choice.parents == (2,)
    assert choice.reason == "improve #2 (0.7): number 2 of 3, as those before have theirs, 0 of 1 children so far"
    all_full = nodes(full, created(4, (2,), "improve"), created(5, (0,), "improve"))
    assert choose(policy, all_full).operator == "draft"


def test_best_first_does_not_count_cancelled_children() -> None:
    assert choose(BestFirst(width=1), nodes(DRAFTS, node(3, None, 1, verdict="cancelled"))).parents == (1,)


def test_best_first_debugs_the_newest_failure_before_anything_else() -> None:
    choice = choose(BestFirst(), nodes(node(0), node(1)))
    assert (choice.operator, choice.parents) == ("debug", (1,))


def test_mcts_takes_the_highest_bound_and_says_its_figures() -> None:
    choice = choose(Mcts(), DRAFTS)
    assert choice == Choice(
        "improve", (1,), "improve #1 (0.9): best of 3 by UCT 1.26 = value 1.00 + exploration 0.26, 1 visits"
    )
    assert choose(Mcts(), DRAFTS, direction="min").parents == (0,)


def test_mcts_explores_what_was_little_visited() -> None:
    events = nodes(DRAFTS, *(node(i, 0.45 + 0.05 * i, 1) for i in range(3, 9)))
    assert choose(Mcts(exploration=0.0, widening=0.0), events).parents != (2,)
    assert choose(Mcts(exploration=3.0, widening=0.0), events).parents == (2,)


def test_mcts_widens_a_node_as_its_visits_grow() -> None:
    events = nodes(node(0, 0.9), node(1, 0.5, 0))
    assert choose(Mcts(drafts=1), events).parents == (1,), "two visits allow one child, so it goes deeper"
    events += nodes(node(2, 0.4, 1), node(3, 0.3, 2))
    assert choose(Mcts(drafts=2, widening=0.5), nodes(events, node(4, 0.1))).parents == (0,), "four allow two"


def test_mcts_debugs_a_failure_whose_branch_it_reaches() -> None:
    choice = choose(Mcts(drafts=1), nodes(node(0, 0.5), node(1, None, 0)))
    assert (choice.operator, choice.parents) == ("debug", (1,))


def test_mcts_exceeds_a_limit_rather_than_wait() -> None:
    choice = choose(Mcts(drafts=1), nodes(node(0, 0.5), created(1, (0,), "improve")))
    assert (choice.operator, choice.parents) == ("improve", (0,))


def counts(policy: Policy, events: list[ev.Event]) -> Counter[tuple[int, ...]]:
    return Counter(choose(policy, events, seed).parents for seed in range(400))


def test_ab_mcts_goes_where_worth_was_found() -> None:
    good = nodes(
        *(node(i, 0.1) for i in range(6)), *(node(6 + i, 0.9 + i / 100, 5 if not i else 5 + i) for i in range(6))
    )
    bad = nodes(*(node(i, 0.9 + i / 100) for i in range(6)), *(node(6 + i, 0.1, 5) for i in range(6)))
    assert counts(AbMcts(), good)[()] < 100, "drafts are bad and what came of them is good"
    assert counts(AbMcts(), bad)[()] > 200, "the other way round"


def test_ab_mcts_prefers_the_better_child() -> None:
    events = nodes(
        node(0, 0.2), node(1, 0.9), *(node(2 + i, 0.2, 0) for i in range(5)), *(node(7 + i, 0.9, 1) for i in range(5))
    )
    tree = tree_of(*events)
    under = Counter(
        root if (root := choice.parents[0]) < 2 else tree.nodes[root].parents[0]
        for seed in range(400)
        if (choice := AbMcts().choose(tree, random.Random(seed))).parents
    )
    assert under[1] > 3 * under[0]


def test_ab_mcts_by_validity_alone_debugs_and_drafts() -> None:
    seen = counts(AbMcts(), nodes(node(0)))
    assert set(seen) == {(), (0,)}


def test_evolution_keeps_lineages_on_their_islands() -> None:
    policy = Evolution(islands=2, migrate=5)
    events = nodes(node(0, 0.5), node(1, 0.6), node(2, 0.7), node(3, 0.8, 1), node(4, 0.9, 3))
    assert policy.island_of(tree_of(*events)) == {0: 0, 1: 1, 2: 0, 3: 1, 4: 1}


def test_evolution_migrates_the_next_islands_best() -> None:
    policy = Evolution(islands=2, drafts=2, migrate=4, merge_probability=0.0)
    events = nodes(node(0, 0.5), node(1, 0.6), node(2, 0.7, 0), node(3, 0.8, 1))
    choice = choose(policy, events)
    assert (choice.operator, choice.parents) == ("improve", (2,)), "node 4 goes to island 2, from island 1"
    assert policy.island_of(tree_of(*events, created(4, (2,), "improve")))[4] == 1


def test_evolution_merges_winners_of_two_islands() -> None:
    policy = Evolution(islands=2, drafts=2, migrate=0, merge_probability=1.0, tournament=9)
    choice = choose(policy, nodes(node(0, 0.5), node(1, 0.6), node(2, 0.7, 0)))
    assert choice.operator == "merge"
    assert set(choice.parents) == {1, 2}
    alone = choose(policy, nodes(node(0, 0.5), node(1)), seed=1)
    assert alone.operator == "debug"
    dead = nodes(node(0, 0.5), created(1))
    assert choose(policy, dead).operator == "improve", "one island alone has nobody to merge with"


def test_evolution_prefers_the_novel_one_among_equals() -> None:
    policy = Evolution(islands=1, drafts=4, tournament=4)
    plans = ["boosted trees", "boosted trees deeper", "boosted trees slower", "a kernel machine"]
    values = [0.905, 0.904, 0.903, 0.900]
    events: list[ev.Event] = []
    for i, (plan, value) in enumerate(zip(plans, values, strict=True)):
        start, end = node(i, value)
        events += [start, ev.CodeChecked(node=i, ok=True, title="", plan=plan), end]
    choice = choose(policy, events)
    assert choice.parents == (3,)
    assert "most novel of 4 equals, likeness 0.00" in choice.reason
    far = nodes(events[:-3], node(3, 0.5))
    assert choose(policy, far).parents != (3,), "beyond a standard error it is no equal"


@pytest.mark.parametrize("policy", [BestFirst(), Mcts(), AbMcts(), Evolution()])
def test_a_failure_met_twice_brings_a_fresh_draft(policy: Policy) -> None:
    twice = nodes(node(0, message="KeyError: 'x'"), node(1, None, 0, "debug", message="KeyError: 'x'"))
    choice = choose(policy, twice)
    assert choice.operator == "draft"
    assert "no third try" in choice.reason
