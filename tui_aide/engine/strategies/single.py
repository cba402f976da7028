"""The `single` strategy: one sample, run once. AIDE's own way, and the baseline of every other (Jiang et al., 2025)."""

from __future__ import annotations

from tui_aide.engine.strategies.strategy import Strategy


class Single(Strategy):
    """One completion; its script is executed as it is. What stands inside every other strategy anyway."""

    name = "single"
    cost = "1 sample, 1 execution"
    good_for = "the baseline, and models that seldom fail"
    source = "Jiang et al., AIDE, 2025"
