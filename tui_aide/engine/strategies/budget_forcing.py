"""The `budget-forcing` strategy: thinking has a least and a greatest length (Muennighoff et al., s1, 2025)."""

from __future__ import annotations

import msgspec

from tui_aide.engine.spec import require
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer


class BudgetForcing(Strategy):
    """Ends thinking at a maximum, and where it ends before a minimum, appends "Wait" and lets it go on.

    The maximum saves tokens that small models spend on going round in circles; a minimum has little or no use on
    code, and is here for comparison.

    Args:
        maximum: tokens after which thinking is closed and the answer asked for; none for no end.
        minimum: tokens that thinking should have; 0 for no beginning again.
        waits: how often it is made to go on at most, 1..4.
    """

    name = "budget-forcing"
    cost = "1 sample, +1 request a wait; 1 execution"
    good_for = "models that think for too long, or too short"
    source = "Muennighoff et al., s1: Simple test-time scaling, 2025"

    def __init__(self, maximum: int | None = 8192, minimum: int = 0, waits: int = 1) -> None:
        require("minimum", minimum, 0)
        require("waits", waits, 1, 4)
        if maximum is not None:
            require("maximum", maximum, max(1, minimum))
        self.maximum = maximum
        self.minimum = minimum
        self.waits = waits

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script whose thinking had the length that is wanted."""
        desk.ask = msgspec.structs.replace(
            desk.ask, thinking_budget=self.maximum, thinking_minimum=self.minimum, waits=self.waits
        )
        return await inner(desk)
