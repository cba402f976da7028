"""How often the reports' 95 % intervals hold the true mean, by tasks and seeds: python -m benchmarks.interval_coverage

Each trial draws scores of the given kind, a task at a time, and takes the interval of `tui_aide.bench.statistics`.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt

from benchmarks.result import Result, measured
from tui_aide.bench.statistics import estimate

DESIGNS = ((10, 3), (10, 5), (10, 10), (4, 3), (4, 10))
"""(tasks, seeds)"""


def scores(rng: np.random.Generator, tasks: int, seeds: int, *, binary: bool) -> tuple[npt.NDArray[np.float64], float]:
    """Return scores (tasks, seeds) and their true mean; tasks differ in how hard they are, from 0.2 to 0.8."""
    means = np.linspace(0.2, 0.8, tasks)[:, None]
    drawn = rng.random((tasks, seeds)) < means if binary else rng.normal(means, 0.15, (tasks, seeds))
    return drawn.astype(np.float64), 0.5


def coverage(tasks: int, seeds: int, trials: int, *, binary: bool) -> float:
    """Return the share of trials whose interval holds the true mean."""
    rng = np.random.default_rng([tasks, seeds, binary])
    hits = 0
    for trial in range(trials):
        values, truth = scores(rng, tasks, seeds, binary=binary)
        found = estimate(values, trial)
        hits += found.low is not None and found.high is not None and found.low <= truth <= found.high
    return hits / trials


def results(quick: bool) -> list[Result]:
    """Draw few trials or the usual ones."""
    return measure(60 if quick else 500)


def measure(trials: int) -> list[Result]:
    """Print the table."""
    rows = []
    print("| tasks | seeds | scores | valid or not |\n|---|---|---|---|")
    for tasks, seeds in DESIGNS:
        shares = [100 * coverage(tasks, seeds, trials, binary=binary) for binary in (False, True)]
        print(f"| {tasks} | {seeds} | {shares[0]:.1f} % | {shares[1]:.1f} % |", flush=True)
        for share, kind in zip(shares, ("scores", "valid or not"), strict=True):
            what = f"95 % intervals that hold the true mean, {tasks} tasks, {seeds} seeds, {kind}"
            rows.append(measured(what, [share], "%"))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500)
    measure(parser.parse_args().trials)


if __name__ == "__main__":
    main()
