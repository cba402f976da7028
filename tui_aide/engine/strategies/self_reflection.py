"""The `self-reflection` strategy: after a failure a critique, then a revision by it (Shinn, 2023; Osman, 2025)."""

from __future__ import annotations

from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import finds_nothing
from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy
from tui_aide.errors import ModelRefusedError


class SelfReflection(Strategy):
    """After a failed execution, and only then: a critique without code, and a revision by it that is run.

    Args:
        rounds: critiques and revisions at most, 1..3; a critique that finds no specific error is the last.
    """

    name = "self-reflection"
    cost = "1 sample and 1 execution; a round needed costs 2 samples and 1 execution"
    good_for = "comparison with the seed; alone it wins little"
    source = "Shinn et al., Reflexion, 2023; Osman, 2025"

    def __init__(self, rounds: int = 1) -> None:
        require("rounds", rounds, 1, 3)
        self.rounds = rounds

    async def make(self, desk: Desk, inner: Maker) -> Result:
        """Return the result of the revised script, or of the one that needed none."""
        result = await inner(desk)
        for _ in range(self.rounds):
            if not result.failed or result.without_script:
                return result
            code = desk.script()
            output = "(it was not run: this was found in its text)" if result.not_run else desk.output()
            texts = {"code": code, "failure": f"{result.verdict}. {result.message}", "output": output}
            asked = desk.ask.aside(Turn("critique", texts), "critique", "critic")
            before = desk.mark()
            try:
                review = (await desk.sample(asked)).answer.strip()
            except ModelRefusedError as error:
                desk.step(self.name, "no critique came", str(error))
                return result
            if not review or finds_nothing(review):
                desk.step(self.name, "the critique found no specific error", review)
                return result
            desk.step(self.name, "a critique", review)
            desk.ask = desk.ask.anew(Turn("revise", {"code": code, "review": review}), "revision")
            try:
                revised = await inner(desk)
            except ModelRefusedError as error:
                revised = Result("no_code", str(error))
            if revised.without_script:
                desk.step(self.name, "the revision held no script", revised.message)
                desk.return_to(before, self.name)
                return result
            result = revised
        return result
