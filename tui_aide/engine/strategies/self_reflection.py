"""The `self-reflection` strategy: after a failure a critique, then a revision by it (Shinn, 2023; Osman, 2025)."""

from __future__ import annotations

from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import finds_nothing
from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy

_NO_SCRIPT = ("no_code", "truncated")


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
            if not result.failed or result.verdict in _NO_SCRIPT:
                return result
            code = desk.script()
            texts = {"code": code, "failure": f"{result.verdict}. {result.message}", "output": desk.output()}
            asked = desk.ask.aside(Turn("critique", texts), "critique", "critic")
            review = (await desk.sample(asked)).answer.strip()
            if not review or finds_nothing(review):
                desk.step(self.name, "the critique found no specific error", review)
                return result
            desk.step(self.name, "a critique", review)
            desk.ask = desk.ask.anew(Turn("revise", {"code": code, "review": review}), "revision")
            revised = await inner(desk)
            if revised.verdict in _NO_SCRIPT:
                return result
            result = revised
        return result
