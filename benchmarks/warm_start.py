"""From a run's start to its end for a script that only imports pandas, NumPy and scikit-learn: warm against cold.

Both are confined, by the sandbox that is named or the strongest that works here.

Run: python -m benchmarks.warm_start [--rounds N] [--sandbox NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import NAMES, choose

IMPORTS = """\
import time
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
print(time.monotonic())
"""


async def started(executor: LocalExecutor, execution: Execution) -> tuple[float, float]:
    """Return the seconds until the script has imported all, and until its run has ended."""
    execution.output.unlink(missing_ok=True)
    began = time.monotonic()
    outcome = await executor.run(execution)
    ended = time.monotonic() - began
    assert outcome.returncode == 0, outcome
    return float(execution.output.read_text()) - began, ended


async def measure(rounds: int, sandbox: str, folder: Path) -> list[Result]:
    """Start the script cold and warm in turn; print and return the medians."""
    confined = choose(sandbox)
    cold, warm = LocalExecutor(sandbox=confined), LocalExecutor(sandbox=confined, warm_threads=1)
    (folder / "solution.py").write_text(IMPORTS)
    execution = Execution(folder=folder, output=folder.parent / "output.log", seconds=60)
    await warm.start()
    assert warm.warm is not None
    assert await warm.warm.ready(), warm.warm.given_up
    times: dict[str, list[tuple[float, float]]] = {"cold": [], "warm": []}
    for _ in range(rounds):
        times["cold"].append(await started(cold, execution))
        times["warm"] += [await started(warm, execution) for _ in range(3)]
    assert warm.warm.begun == 3 * rounds
    await warm.aclose()
    imported = {name: statistics.median(first for first, _ in rows) * 1e3 for name, rows in times.items()}
    ended = {name: statistics.median(last for _, last in rows) * 1e3 for name, rows in times.items()}
    print(
        f"in {confined.place.words}: all is imported after {imported['warm']:.0f} ms warm, {imported['cold']:.0f} cold:"
    )
    print(f"{imported['cold'] / imported['warm']:.1f} times as fast (limit 10)")
    print(f"the run has ended after {ended['warm']:.0f} ms warm, {ended['cold']:.0f} cold:")
    print(f"{ended['cold'] / ended['warm']:.1f} times as fast (limit 10)")
    rows = []
    for place, words in enumerate(("until all is imported", "until the run has ended")):
        ms = {name: [pair[place] * 1e3 for pair in pairs] for name, pairs in times.items()}
        what = f"a warm start in {confined.place.words}, {words}: times as fast"
        rows.append(compared(what, ms["warm"], ms["cold"], "ms", "cold", limit=10, bound="least", inverse=True))
    return rows


def results(quick: bool) -> list[Result]:
    """Measure with few rounds or with the usual ones, in the strongest sandbox that works here."""
    return told(3 if quick else 7, "auto")


def told(rounds: int, sandbox: str) -> list[Result]:
    """Measure in a folder for the time being."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "work")
        folder.mkdir()
        return asyncio.run(measure(rounds, sandbox, folder))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sandbox", choices=NAMES, default="auto")
    options = parser.parse_args()
    told(options.rounds, options.sandbox)


if __name__ == "__main__":
    main()
