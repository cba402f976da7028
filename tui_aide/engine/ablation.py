"""The ablation before an improvement: which block of a script matters most (after Nam et al., MLE-STAR, 2025).

The model writes a script that trains the parent's solution with one block at a time left out, that script is run, and
what it printed is told when the improvement is asked for. Nothing that it prints is a score.
"""

from __future__ import annotations

from tui_aide.code.extraction import extract
from tui_aide.engine.asking import Turn
from tui_aide.engine.strategies.strategy import Desk

BY = "ablate"


async def ablate(desk: Desk) -> None:
    """Have the parent's script taken apart, and add what came out to what the desk asks for."""
    completion = await desk.sample(desk.ask.aside(Turn("ablation"), "ablation"))
    found = extract(completion.answer, finish=completion.finish)
    if found.code is None or found.problem is not None:
        desk.step(BY, "no ablation: the answer held no script to run", found.message)
        return
    output = await desk.probe(found.code)
    desk.step(BY, "the parent's blocks were left out one at a time", output[-600:])
    desk.ask = desk.ask.adding(Turn("ablated", {"output": output}))
