"""A hundred short scripts at two slots against the sum of their own work over two, confined, warm and cold.

Each imports pandas, NumPy and scikit-learn, then computes for 0.2 s of CPU time, which is its own work.

Run: python -m benchmarks.short_scripts [--scripts N] [--sandbox NAME] [--cold]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from tui_aide.engine.slots import Slots
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import NAMES, choose

SCRIPT = """\
import time
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score
began, cpu = time.monotonic(), time.process_time()
while time.process_time() - cpu < {work}:
    pd.DataFrame(np.random.rand(100, 4)).describe()
print(time.monotonic() - began)
"""
WORK = 0.2
SLOTS = 2


async def measure(scripts: int, sandbox: str, warm: bool, place: Path) -> list[Result]:
    """Run all; print and return the ratios."""
    executor = LocalExecutor(sandbox=choose(sandbox), warm_threads=1 if warm else None)
    await executor.start()
    assert executor.warm is None or await executor.warm.ready()
    slots = Slots(SLOTS)

    async def one(number: int) -> float:
        folder = place / str(number)
        folder.mkdir()
        (folder / "solution.py").write_text(SCRIPT.format(work=WORK))
        execution = Execution(folder=folder, output=place / f"{number}.log", seconds=60)
        async with slots.take():
            outcome = await executor.run(execution)
        assert outcome.returncode == 0, execution.output.read_text()
        return float(execution.output.read_text())

    began = time.monotonic()
    done = await asyncio.gather(*map(one, range(scripts)))
    took = time.monotonic() - began
    await executor.aclose()
    work, lasted = WORK * scripts / SLOTS, sum(done) / SLOTS
    how = "warm" if warm else "cold"
    print(f"{scripts} scripts {how} at {SLOTS} slots: {took:.1f} s; their own work over {SLOTS}: {work:.1f} s of CPU,")
    print(f"which lasted {lasted:.1f} s beside each other and what else runs here")
    print(f"{took / work:.2f} of the work (limit 1.25), {took / lasted:.2f} of what it lasted")
    what = f"{scripts} {how} scripts of {WORK} s at {SLOTS} slots"
    return [
        compared(what, [took], [lasted], "s", "what their own work lasted", limit=1.25),
        compared(f"{what}, beside their CPU time alone", [took], [work], "s", "their own CPU time over the slots"),
    ]


def results(quick: bool) -> list[Result]:
    """Measure few scripts or the usual hundred, warm, in the strongest sandbox that works here."""
    with tempfile.TemporaryDirectory() as place:
        return asyncio.run(measure(20 if quick else 100, "auto", True, Path(place)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=100)
    parser.add_argument("--sandbox", choices=NAMES, default="auto")
    parser.add_argument("--cold", action="store_true", help="start each in a fresh interpreter")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(options.scripts, options.sandbox, not options.cold, Path(place)))


if __name__ == "__main__":
    main()
