"""The `single` strategy: one sample, run once. AIDE's own way, and the baseline of every other (Jiang et al., 2025)."""

from __future__ import annotations

from tui_aide.engine.strategies.strategy import Result, Workbench


class Single:
    """One completion; its script is executed as it is. Costs one sample and one execution a node."""

    source = "Jiang et al., AIDE, 2025"
    spec = "single"

    async def run(self, bench: Workbench) -> Result:
        """Sample, take the script, execute it."""
        script = bench.accept(await bench.sample(bench.request()))
        return script if isinstance(script, Result) else await bench.execute(script)
