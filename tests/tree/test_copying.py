"""A copy of a tree goes on by itself, wherever in a search it was taken."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import msgspec

from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens
from tui_aide.tree.solution_tree import SolutionTree

T = TypeVar("T")


def finished(node: int, value: float | None) -> ev.NodeFinished:
    score = Score(value) if value is not None else None
    return ev.NodeFinished(
        node=node, verdict="valid" if score else "crash", message="" if score else "KeyError: 'a'", score=score,
        tokens=Tokens(1, 2, 3), seconds=1, model_seconds=1, execution_seconds=1,
    )  # fmt: skip


def created(node: int, *parents: int) -> ev.NodeCreated:
    operator = "improve" if parents else "draft"
    return msgspec.convert(
        {"type": "node_created", "seq": 0, "time": 0.0, "node": node, "parents": parents, "operator": operator,
         "strategy": "single", "reason": "r", "seed": 0},
        ev.NodeCreated,
    )  # fmt: skip


EVENTS: list[ev.AnyEvent] = [
    ev.SessionStarted(
        session="s", task="t", metric="m", direction="max", model="m", strategy="single", policy="greedy",
        budget=ev.Budget(nodes=4), workers=1, slots=1, seed=0, version="0",
    ),
    created(0),
    created(1),
    ev.CandidatesForked(node=0, candidate=0, candidates=(0, 1), by="best-of-n"),
    ev.SampleStarted(node=0, sample=0, model="m"),
    ev.SampleFinished(node=0, sample=0, tokens=Tokens(1, 2, 3), seconds=1, first_token_seconds=0.1, finish="stop"),
    ev.CodeChecked(node=0, ok=True, title="first", plan="plan"),
    ev.StepTaken(node=0, by="self-reflection", title="step", text="text"),
    ev.CandidateFinished(node=0, candidate=0, verdict="crash", message="ValueError: x"),
    ev.CandidateFinished(node=0, candidate=1, verdict="valid", message="", score=Score(0.8)),
    ev.CandidateChosen(
        node=0, chosen=1, by="best-of-n", reason="best", standings=(ev.Standing(1, "best"), ev.Standing(0, "broken"))
    ),
    finished(0, 0.8),
    ev.IncumbentChanged(node=0, score=Score(0.8), previous=None, gain=None, gain_se=None, reason="first"),
    created(2, 0),
    finished(1, None),
    ev.ServerChanged(server="http://a", state="lost"),
    ev.Notice(level="warning", message="lost"),
    created(3, 0, 1),
    finished(2, 0.9),
    ev.IncumbentChanged(node=2, score=Score(0.9), previous=0, gain=0.1, gain_se=0.01, reason="better"),
    ev.SessionResumed(budget=ev.Budget(nodes=9), model="m", workers=1, slots=1, restarted=(3,)),
    ev.NodeRestarted(node=3),
    finished(3, None),
    ev.SessionFinished(status="finished", reason="done"),
]  # fmt: skip


def state(tree: SolutionTree) -> str:
    """All that a tree holds, to compare."""
    return repr(vars(tree))


def folded(events: list[ev.AnyEvent]) -> SolutionTree:
    tree = SolutionTree()
    for event in events:
        tree.apply(event)
    return tree


def whole(making: Generator[None, None, T]) -> tuple[T, int]:
    """Run a generator to its end; return what it returns, and in how many pieces."""
    pieces = 0
    while True:
        try:
            next(making)
        except StopIteration as done:
            result: T = done.value
            return result, pieces
        pieces += 1


def test_a_copy_goes_on_by_itself_from_any_event() -> None:
    end = state(folded(EVENTS))
    for count in range(len(EVENTS) + 1):
        tree = folded(EVENTS[:count])
        before = state(tree)
        copy, _ = whole(tree.copying())
        assert state(copy) == before
        for event in EVENTS[count:]:
            copy.apply(event)
        assert state(copy) == end
        assert state(tree) == before
        assert all(copy.running[i] is copy.nodes[i] for i in copy.running)


def test_it_is_made_in_pieces() -> None:
    tree = folded([EVENTS[0], *(created(i) for i in range(100))])
    copy, pieces = whole(tree.copying(10))
    assert pieces == 10
    assert len(copy.nodes) == 100
