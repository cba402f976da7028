"""Events of small made-up searches, for tests of what folds or writes them."""

from __future__ import annotations

from typing import Any

from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction, Operator, Score, Tokens, Verdict


def started(direction: Direction = "max", budget: ev.Budget | None = None, **more: Any) -> ev.SessionStarted:
    usual: dict[str, Any] = {"session": "test", "task": "toy", "model": "builtin", "strategy": "single"}
    return ev.SessionStarted(
        metric="accuracy" if direction == "max" else "rmse",
        direction=direction,
        policy="greedy",
        budget=budget or ev.Budget(nodes=20),
        workers=1,
        slots=1,
        seed=0,
        version="0",
        **usual | more,
    )


def created(node: int, parents: tuple[int, ...] = (), operator: Operator = "draft", **more: Any) -> ev.NodeCreated:
    return ev.NodeCreated(
        node=node, parents=parents, operator=operator, strategy="single", reason="a test", seed=node, **more
    )


def finished(
    node: int,
    value: float | None,
    verdict: Verdict = "valid",
    tokens: Tokens | None = None,
    **more: Any,
) -> ev.NodeFinished:
    return ev.NodeFinished(
        node=node,
        verdict=verdict,
        message="" if verdict == "valid" else f"it ended as {verdict}",
        score=Score(value, 0.01) if value is not None else None,
        tokens=tokens or Tokens(100, 50, 50),
        seconds=2.0,
        model_seconds=1.0,
        execution_seconds=1.0,
        **more,
    )
