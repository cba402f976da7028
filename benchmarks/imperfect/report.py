"""The report of an equal-compute benchmark: Markdown for people, figures for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.imperfect.search import Outcome, Way
from tui_aide.bench.statistics import Estimate, contrast, estimate

BASELINES = ("aide", "best-of-n")
"""What each way is compared with, pair by pair."""


class Trial(msgspec.Struct, frozen=True):
    """One search of the benchmark: who, where, with which seed, and what came of it."""

    way: str
    size: str
    task: str
    seed: int
    outcome: Outcome


_METRICS: dict[str, Callable[[Outcome], float]] = {
    "valid": lambda o: float(o.valid),
    "score": lambda o: o.score,
    "first": lambda o: float(o.first if o.first is not None else o.nodes + 1),
    "good": lambda o: o.good / o.nodes if o.nodes else 0.0,
    "nodes": lambda o: float(o.nodes),
    "tokens": lambda o: float(o.tokens),
    "executions": lambda o: float(o.executions),
    "seconds": lambda o: o.seconds,
}


class Results:
    """All trials of a benchmark, complete: each way has the same sizes, tasks and seeds."""

    def __init__(self, trials: Sequence[Trial], ways: Sequence[Way]) -> None:
        self.trials = list(trials)
        self.ways = list(ways)
        self.sizes = list(dict.fromkeys(t.size for t in trials))
        self.tasks = list(dict.fromkeys(t.task for t in trials))
        self.seeds = sorted({t.seed for t in trials})
        self._by = {(t.way, t.size, t.task, t.seed): t.outcome for t in trials}

    def values(self, way: str, size: str, metric: str) -> npt.NDArray[np.float64]:
        """Return a metric as (tasks, seeds)."""
        take = _METRICS[metric]
        return np.array([[take(self._by[way, size, task, seed]) for seed in self.seeds] for task in self.tasks])

    def figures(self) -> list[dict[str, Any]]:
        """Return one record a size and way, with every estimate and contrast."""
        found = []
        for size in self.sizes:
            for way in self.ways:
                record: dict[str, Any] = {"size": size, "way": way.name, "strategy": way.strategy, "policy": way.policy}
                record |= {m: estimate(self.values(way.name, size, m)) for m in _METRICS}
                record["verdicts"] = self._verdicts(way.name, size)
                for base in BASELINES:
                    if base != way.name and any(w.name == base for w in self.ways):
                        record[f"against {base}"] = {
                            m: contrast(self.values(way.name, size, m), self.values(base, size, m))
                            for m in ("valid", "score")
                        }
                found.append(record)
        return found

    def _verdicts(self, way: str, size: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        for trial in self.trials:
            if (trial.way, trial.size) == (way, size):
                for verdict, number in trial.outcome.verdicts.items():
                    counts[verdict] = counts.get(verdict, 0) + number
        return counts


def markdown(results: Results, budgets: dict[str, dict[str, int]]) -> str:
    """Return the report.

    Args:
        results: the trials.
        budgets: tokens a search, by size and task.
    """
    figures = results.figures()
    lines = [
        "# Strategies at equal compute, with an imperfect coder",
        "",
        f"Tasks: {', '.join(results.tasks)}; {len(results.seeds)} seeds each. Every search may spend the tokens "
        "(prompts and completions) that `aide` needs for 20 nodes of that size on that task. Means with 95 % intervals "
        "(bootstrap, stratified by task). Score: 0 is the poorest script of the bank, 1 the best; without a valid "
        "submission 0. First: number of the first valid node, one more than were made where there is none.",
        "",
        "| size | tokens a search |",
        "|---|---|",
        *(
            f"| {size} | {', '.join(f'{task} {tokens:,}' for task, tokens in own.items())} |"
            for size, own in budgets.items()
        ),
        "",
        "| size | way | valid searches, % | score | first valid | valid nodes, % | nodes | executions | tokens |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(record) for record in figures),
        "",
    ]
    for base in BASELINES:
        rows = [r for r in figures if f"against {base}" in r]
        if rows:
            lines += [
                f"Against `{base}`, paired by task and seed:",
                "",
                "| size | way | valid searches, points | score |",
                "|---|---|---|---|",
                *(
                    f"| {r['size']} | {r['way']} | {_of(r[f'against {base}']['valid'], 100, '+.1f')} "
                    f"| {_of(r[f'against {base}']['score'], 1, '+.3f')} |"
                    for r in rows
                ),
                "",
            ]
    lines += ["Ways:", "", *(f"- {w.name}: strategy `{w.strategy}`, policy `{w.policy}`" for w in results.ways), ""]
    failures = [t for t in results.trials if t.outcome.failure]
    if failures:
        first = failures[0]
        lines += [
            f"{len(failures)} searches failed, the first ({first.way}, {first.size}): {first.outcome.failure}",
            "",
        ]
    return "\n".join(lines)


def _row(record: dict[str, Any]) -> str:
    return (
        f"| {record['size']} | {record['way']} | {_of(record['valid'], 100, '.1f')} | {_of(record['score'], 1, '.3f')} "
        f"| {_of(record['first'], 1, '.1f')} | {_of(record['good'], 100, '.1f')} | {record['nodes'].mean:.1f} "
        f"| {record['executions'].mean:.1f} | {record['tokens'].mean:,.0f} |"
    )


def _of(value: Estimate, factor: float, form: str) -> str:
    mean = format(factor * value.mean, form)
    if value.low is None or value.high is None:
        return mean
    return f"{mean} ({format(factor * value.low, form)} to {format(factor * value.high, form)})"
