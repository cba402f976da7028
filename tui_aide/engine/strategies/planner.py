"""The `planner` strategy: a plan first, then code that follows it (Osman, 2025)."""

from __future__ import annotations

import msgspec

from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import listed
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer


class Vote(msgspec.Struct, frozen=True):
    """Which of several plans is best, by its number from 1."""

    best: int


class Planner(Strategy):
    """Asks for a plan without code, or votes on several, then for a script that follows it.

    Args:
        n: plans to choose from, 1..5; of several, each of `n` votes is one more sample.
    """

    name = "planner"
    cost = "2 samples (2n + 1 with votes), 1 execution"
    good_for = "32B and larger: +0.6 points on BigCodeBench, but -2.4 at 7B and -3.4 at 14B"
    source = "Osman, 2025; Wang et al., Plan-and-Solve, 2023"

    def __init__(self, n: int = 1) -> None:
        require("n", n, 1, 5)
        self.n = n

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script that follows a plan; one that is being mended keeps the plan it has."""
        if desk.ask.settled:
            return await inner(desk)
        asked = desk.ask.aside(Turn("planning"), "plan", "planner")
        plans = [c.answer.strip() for c in await desk.sample_many([asked] * self.n) if c.answer.strip()]
        if not plans:
            desk.step(self.name, "no plan came, so none is followed")
            return await inner(desk)
        plan = plans[0] if len(plans) == 1 else await self._voted(desk, plans)
        desk.step(self.name, "the plan to follow", plan)
        desk.ask = desk.ask.adding(Turn("plan", {"plan": plan}))
        return await inner(desk)

    async def _voted(self, desk: Desk, plans: list[str]) -> str:
        asked = desk.ask.aside(Turn("vote", {"plans": listed(plans)}), "vote", "planner")
        ballots = await desk.judge_many([asked] * len(plans), Vote)
        counts = [0] * len(plans)
        for ballot in ballots:
            if ballot is not None and 1 <= ballot.best <= len(plans):
                counts[ballot.best - 1] += 1
        best = max(range(len(plans)), key=lambda i: (counts[i], -i))
        desk.step(self.name, f"plan {best + 1} of {len(plans)} has {counts[best]} of {len(plans)} votes")
        return plans[best]
