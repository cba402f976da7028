"""The `tree-of-thoughts` strategy: plans grow step by step, and the best becomes code (Yao et al., 2023)."""

from __future__ import annotations

import msgspec

from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import listed
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer

_STAGES = (
    ("its beginning", "how the data is read, cleaned and turned into features"),
    ("the next step", "the model, its settings and how it is validated"),
    ("the last step", "how the predictions are made, combined and written"),
)


class Values(msgspec.Struct, frozen=True):
    """How good each of several plans is, from 1 (hopeless) to 10, in their order."""

    values: list[float]


class TreeOfThoughts(Strategy):
    """Grows a plan step by step: several ways on, the critic values them, the best one is kept, then code.

    Breadth-first search over partial plans, with one of them kept at each step.

    Args:
        breadth: ways on that each step offers, 2..5.
        depth: steps that a plan has, 1..3.
    """

    name = "tree-of-thoughts"
    cost = "depth x (breadth + 1) samples more; 1 execution"
    good_for = "comparison: values that a model gives its own plans are of little use"
    source = "Yao et al., Tree of Thoughts, 2023"

    def __init__(self, breadth: int = 3, depth: int = 2) -> None:
        require("breadth", breadth, 2, 5)
        require("depth", depth, 1, 3)
        self.breadth = breadth
        self.depth = depth

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script that follows the plan with the best values; one that is being mended keeps its plan."""
        if desk.ask.settled:
            return await inner(desk)
        plan = ""
        for stage, content in _STAGES[: self.depth]:
            so_far = plan or "(nothing yet)"
            asked = desk.ask.aside(
                Turn("thought", {"stage": stage, "content": content, "plan": so_far}), "plan", "planner"
            )
            ways = [c.answer.strip() for c in await desk.sample_many([asked] * self.breadth) if c.answer.strip()]
            if not ways:
                desk.step(self.name, f"no plan came for {stage}")
                break
            plan = f"{plan}\n{await self._best(desk, stage, plan, ways)}".strip()
        if plan:
            desk.ask = desk.ask.adding(Turn("plan", {"plan": plan}))
        return await inner(desk)

    async def _best(self, desk: Desk, stage: str, plan: str, ways: list[str]) -> str:
        if len(ways) == 1:
            return ways[0]
        plans = [f"{plan}\n{way}".strip() for way in ways]
        asked = desk.ask.aside(Turn("value", {"plans": listed(plans), "count": str(len(ways))}), "value", "critic")
        told = await desk.ask_json(asked, Values)
        values = told.values if told is not None and len(told.values) == len(ways) else [0.0] * len(ways)
        best = max(range(len(ways)), key=lambda i: (values[i], -i))
        rest = ", ".join(f"{v:g}" for v in values)
        desk.step(self.name, f"{stage}: way {best + 1} of {len(ways)}, valued {rest}", ways[best])
        return ways[best]
