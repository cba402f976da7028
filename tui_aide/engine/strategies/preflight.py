"""The `preflight` strategy: what is certain to fail goes back to the model before anything is executed."""

from __future__ import annotations

import msgspec

from tui_aide.engine.asking import Ask, Turn
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer

_LONG, _LEAST = 4096, 1024
"""Tokens of thinking after which one that led to no script is cut down, and what is left to it in any case."""


class Preflight(Strategy):
    """Checks a script without running it, and has it written anew where it is certain to fail.

    Imports that the scripts' interpreter does not have, files and columns that are not there, names that nothing
    defines, no submission, calls that wait for a person, labels looked up, a syntax error: each is told to the model
    precisely. An answer without a script is asked for again, with a word why; one that was cut off with less thinking.

    Args:
        rounds: how often a script is written anew before the node fails, 0..5.
    """

    name = "preflight"
    cost = "1 sample, +1 a round needed; no execution for a script that would fail"
    good_for = "small models: most of their failures can be seen without running anything"
    source = "after Olausson et al., 2024: self-repair is limited by the feedback that the model gets"

    def __init__(self, rounds: int = 2) -> None:
        require("rounds", rounds, 0, 5)
        self.rounds = rounds

    def _reminding(self, ask: Ask, without: Result, thought: int) -> Ask:
        """Return the request with a word why there was no script; who thought for long is to think half as long."""
        if without.verdict == "truncated" or thought > _LONG:
            half = min(thought or 2 * _LONG, ask.thinking_budget or 2 * _LONG) // 2
            ask = msgspec.structs.replace(ask, thinking_budget=max(_LEAST, half))
        if ask.again is not None and ask.again.template != "reminder":
            return ask  # what is to be corrected is told once more
        return ask.anew(Turn("reminder", {"problem": without.message}), "correction")

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script in which nothing was found, or what was found in the last one."""
        for left in range(self.rounds, -1, -1):
            script = await inner(desk)
            if isinstance(script, Result):
                if not left or not (script.without_script or script.verdict == "syntax"):
                    return script
                if script.without_script:
                    desk.step(self.name, f"asked for again: {script.verdict}", script.message)
                    desk.ask = self._reminding(desk.ask, script, desk.thought)
                    continue
                code, told = desk.script(), [script.message]
            else:
                code, told = script, [finding.placed for finding in await desk.check(script)]
            if not told:
                return script
            if not left:
                more = f", and {len(told) - 1} more" if len(told) > 1 else ""
                return Result("preflight", f"{told[0]}{more}")
            desk.step(self.name, "written anew, not run", "\n".join(told))
            findings = "\n".join(f"- {line}" for line in told)
            desk.ask = desk.ask.anew(Turn("check", {"code": code, "findings": findings}), "correction")
        raise AssertionError("the last round returns")
