"""The `preflight` strategy: what is certain to fail goes back to the model before anything is executed."""

from __future__ import annotations

from tui_aide.engine.spec import require, spec_of
from tui_aide.engine.strategies.strategy import Result, Workbench


class Preflight:
    """Checks a script without running it, and has it written anew where it is certain to fail.

    Imports that the scripts' interpreter does not have, files and columns that are not there, names that nothing
    defines, no submission, calls that wait for a person, labels looked up: each is told to the model precisely. Costs
    one sample a node, one more for each round, and no execution for a script that would fail.

    Args:
        rounds: how often a script is written anew before the node fails, 0..5.
    """

    source = "after Olausson et al., 2024: self-repair is limited by the feedback that the model gets"

    def __init__(self, rounds: int = 2) -> None:
        require("rounds", rounds, 0, 5)
        self.rounds = rounds

    @property
    def spec(self) -> str:
        """What gets this strategy."""
        return spec_of("preflight", self)

    async def run(self, bench: Workbench) -> Result:
        """Sample, check, and execute what passes."""
        request = bench.request()
        for left in range(self.rounds, -1, -1):
            script = bench.accept(await bench.sample(request))
            if isinstance(script, Result):
                return script
            findings = await bench.check(script)
            if not findings:
                return await bench.execute(script)
            if left:
                request = bench.corrected(script, findings)
        more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
        return Result("preflight", f"{findings[0].placed}{more}")
