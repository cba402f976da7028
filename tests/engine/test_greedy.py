from __future__ import annotations

import random

from tests.searches import created, finished, started
from tui_aide.engine.policies import Greedy
from tui_aide.tree import events as ev
from tui_aide.tree.node import Operator
from tui_aide.tree.solution_tree import SolutionTree


class Fixed(random.Random):
    """A source of chance whose `random` always gives the same."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self._value = value

    def random(self) -> float:
        return self._value


DEBUG, IMPROVE = Fixed(0.0), Fixed(0.99)


def tree_of(*events: ev.Event) -> SolutionTree:
    tree = SolutionTree()
    for event in (started(), *events):
        tree.apply(event)
    return tree


def five_drafts(*values: float | None) -> list[ev.Event]:
    events: list[ev.Event] = []
    for i, value in enumerate(values):
        events += [created(i), finished(i, value, verdict="valid" if value is not None else "crash")]
    return events


def test_drafts_first_those_in_flight_included() -> None:
    choice = Greedy().choose(tree_of(*five_drafts(0.1, None), created(2), created(3)), DEBUG)
    assert choice.operator == "draft"
    assert choice.reason == "draft 5 of 5"


def test_a_branch_or_edit_does_not_count_as_a_draft() -> None:
    events = [*five_drafts(0.1, 0.2, 0.3, 0.4), created(4, (0,), "branch"), finished(4, 0.5)]
    assert Greedy().choose(tree_of(*events), IMPROVE).operator == "draft"


def test_debugs_a_buggy_leaf_with_the_given_probability() -> None:
    tree = tree_of(*five_drafts(0.1, None, 0.3, 0.4, 0.5))
    assert Greedy().choose(tree, Fixed(0.49)).parents == (1,)
    assert Greedy().choose(tree, Fixed(0.5)).operator == "improve"


def test_improves_the_best() -> None:
    choice = Greedy().choose(tree_of(*five_drafts(0.1, 0.9, 0.3, 0.4, 0.5)), IMPROVE)
    assert (choice.operator, choice.parents) == ("improve", (1,))
    assert "#1" in choice.reason


def test_drafts_again_while_nothing_is_valid() -> None:
    assert Greedy().choose(tree_of(*five_drafts(None, None, None, None, None)), IMPROVE).operator == "draft"


def test_a_bug_that_is_being_debugged_is_left_alone() -> None:
    tree = tree_of(*five_drafts(0.1, None, 0.3, 0.4, 0.5), created(5, (1,), "debug"))
    assert Greedy().choose(tree, DEBUG).operator == "improve"


def test_debugging_stops_after_the_depth() -> None:
    events = five_drafts(0.1, None, 0.3, 0.4, 0.5)
    parent = 1
    for node in range(5, 9):
        assert Greedy().choose(tree_of(*events), DEBUG).parents == (parent,)
        events += [created(node, (parent,), "debug"), finished(node, None, verdict="crash")]
        parent = node
    assert Greedy().choose(tree_of(*events), DEBUG).operator == "improve"


def test_same_seed_same_choices() -> None:
    def play(seed: int) -> list[tuple[Operator, tuple[int, ...]]]:
        tree = tree_of()
        made = []
        outcome = random.Random("outcomes")
        for node in range(40):
            choice = Greedy().choose(tree, random.Random(f"{seed}/{node}"))
            made.append((choice.operator, choice.parents))
            tree.apply(created(node, choice.parents, choice.operator))
            value = outcome.random()
            tree.apply(finished(node, value if value > 0.4 else None, verdict="valid" if value > 0.4 else "crash"))
        return made

    assert play(3) == play(3)
    assert play(3) != play(4)
    assert {operator for operator, _ in play(3)} == {"draft", "debug", "improve"}
