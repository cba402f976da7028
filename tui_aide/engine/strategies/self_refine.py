"""The `self-refine` strategy: a critique against a checklist, and a revision, before anything runs (Madaan, 2023)."""

from __future__ import annotations

from tui_aide.engine.asking import Turn
from tui_aide.engine.budget import BudgetSpent
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import finds_nothing
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer
from tui_aide.errors import ModelRefusedError


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
            try:
                review = (await desk.sample(asked)).answer.strip()
            except (BudgetSpent, ModelRefusedError) as error:
                desk.step(self.name, "no review came", str(error))
                return script
            if not review or finds_nothing(review):
                desk.step(self.name, "the review found nothing to change", review)
                return script
            desk.step(self.name, "the review asks for changes", review)
            before, marked = desk.ask, desk.mark()
            desk.ask = desk.ask.anew(Turn("revise", {"code": script, "review": review}), "revision")
            try:
                revised = await inner(desk)
            except (BudgetSpent, ModelRefusedError) as error:
                revised = Result("no_code", str(error))
            desk.ask = before
            if isinstance(revised, Result) and revised.without_script:
                desk.step(self.name, "the revision held no script", revised.message)
                desk.return_to(marked, self.name)
                return script
            script = revised
        return script
