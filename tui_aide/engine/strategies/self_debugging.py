"""The `self-debugging` strategy: a script that failed goes back with its traceback, a few times (Chen et al., 2023)."""

from __future__ import annotations

from tui_aide.code.remedies import remedy
from tui_aide.engine.asking import Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.reviewing import failing_lines
from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy
from tui_aide.errors import ModelRefusedError


class SelfDebugging(Strategy):
    """Shows the model why its script failed, has it explain and fix that, and runs again.

    It is told the failing lines, what was printed, what the names held, and for common failures the remedy.

    After `rounds`, or when a fix fails as the script before it did, the node ends as it is: 60 to 80 % of what
    debugging can do is done after two or three rounds, and a fresh draft is worth more (Adnan and Kuhn, 2025).

    Args:
        rounds: fixes that are tried at most, 1..5.
    """

    name = "self-debugging"
    cost = "1 sample and 1 execution, +1 of each a round needed"
    good_for = "every model: a traceback is the best critic"
    source = "Chen et al., Teaching LLMs to Self-Debug, 2023; Li et al., S*, 2025"

    def __init__(self, rounds: int = 2) -> None:
        require("rounds", rounds, 1, 5)
        self.rounds = rounds

    async def make(self, desk: Desk, inner: Maker) -> Result:
        """Return the result of the first script that did not fail, or of the last."""
        result = await inner(desk)
        for number in range(1, self.rounds + 1):
            if not result.failed or result.without_script:
                return result
            code = desk.script()
            failure = f"{result.verdict}. {result.message}"
            desk.step(self.name, f"fix {number} of {self.rounds}", failure)
            desk.ask = desk.ask.anew(_mending(desk, code, result), "debugging")
            before = desk.mark()
            try:
                fixed = await inner(desk)
            except ModelRefusedError as error:
                fixed = Result("no_code", str(error))
            if fixed.without_script:
                desk.step(self.name, "the fix held no script", fixed.message)
                desk.return_to(before, self.name)
                return result
            repeated = (fixed.verdict, _kind(fixed)) == (result.verdict, _kind(result))
            result = fixed
            if result.failed and repeated:
                desk.step(self.name, "given up: the fix failed as the script before it did", result.message)
                return result
        return result


def _mending(desk: Desk, code: str, result: Result) -> Turn:
    """Return the turn that tells of a failure, which may have been found without running the script."""
    if result.not_run:
        return Turn("check", {"code": code, "findings": f"- {result.message}"})
    failure, output, view = f"{result.verdict}. {result.message}", desk.output(), desk.proposal.view
    target = "" if view.targets else view.target
    known = remedy(failure, output, [c.name for c in view.columns], list(view.files), target)
    texts = {
        "code": code,
        "failure": failure,
        "remedy": f"What mends it as a rule: {known}." if known else "",
        "lines": failing_lines(code, output) or "(no traceback leads through the script)",
        "output": output,
    }
    return Turn("mend", texts)


def _kind(result: Result) -> str:
    """Return what a failure has in common with another of its kind: the type of exception."""
    return result.message.partition(":")[0].strip()
