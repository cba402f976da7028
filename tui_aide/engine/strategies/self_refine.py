"""The `self-refine` strategy: a critique against a checklist, and a revision, before anything runs (Madaan, 2023)."""

from __future__ import annotations

from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import finds_nothing
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer


class SelfRefine(Strategy):
    """Has each script reviewed against a checklist, and revised by the review, before it is executed.

    Args:
        rounds: critiques and revisions at most, 1..4; a critique that finds nothing is the last.
    """

    name = "self-refine"
    cost = "1 sample, +2 a round; 1 execution"
    good_for = "large models and dear executions; small models seldom find their own mistakes"
    source = "Madaan et al., Self-Refine, 2023"

    def __init__(self, rounds: int = 1) -> None:
        require("rounds", rounds, 1, 4)
        self.rounds = rounds

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script that was revised."""
        script = await inner(desk)
        if desk.ask.again is not None:
            return script  # it is being mended, by a traceback or a finding: no critique is better than that
        for _ in range(self.rounds):
            if isinstance(script, Result):
                return script
            asked = desk.ask.aside(Turn("checklist", {"code": script}), "critique", "critic")
            review = (await desk.sample(asked)).answer.strip()
            if not review or finds_nothing(review):
                desk.step(self.name, "the review found nothing to change", review)
                return script
            desk.step(self.name, "the review asks for changes", review)
            before = desk.ask
            desk.ask = desk.ask.anew(Turn("revise", {"code": script, "review": review}), "revision")
            revised = await inner(desk)
            desk.ask = before
            if isinstance(revised, Result) and revised.verdict in ("no_code", "truncated"):
                return desk.accept_script(script, "The script as it was before a revision that held none.")
            script = revised
        return script
