"""The `chain-of-thought` strategy: a model that does not reason by itself is asked to, before it writes code."""

from __future__ import annotations

import msgspec

from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer


class ChainOfThought(Strategy):
    """Asks for reasoning step by step before the script. Reasoning models do that anyway, and need it not."""

    name = "chain-of-thought"
    cost = "1 sample, longer; 1 execution"
    good_for = "models without a thinking mode"
    source = "Wei et al., Chain-of-Thought Prompting, 2022"

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script that was reasoned about."""
        if desk.ask.form == "answer":
            desk.ask = msgspec.structs.replace(desk.ask, form="reasoned")
        return await inner(desk)
