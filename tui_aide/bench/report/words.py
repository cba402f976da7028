"""How a report words figures: estimates with their intervals, durations, budgets, what was searched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tui_aide import __version__
from tui_aide.bench.grade import Terms
from tui_aide.bench.report.summary import Summary
from tui_aide.bench.statistics import Estimate
from tui_aide.tree.budget import Budget

NONE: Final = "–"
"""Stands for what is not known."""

PERCENT: Final = ("made", "valid", "above_median", "medal", "percentile", "valid_nodes", "truncated")
"""Measures that are told in percent."""

NAMES: Final = {
    "made": "made, %",
    "valid": "valid, %",
    "above_median": "above median, %",
    "medal": "any medal, %",
    "percentile": "percentile",
    "normalised": "normalised score",
    "valid_nodes": "valid nodes, %",
    "first_valid": "first valid node",
    "truncated": "truncated, %",
    "gap": "gap",
    "regret": "regret",
    "final_gain": "final gain",
    "nodes": "nodes",
    "tokens": "tokens",
    "completion_tokens": "completion tokens",
    "execution_seconds": "execution",
    "model_seconds": "model",
    "wall_seconds": "wall-clock",
    "gpu_seconds": "GPU",
    "area": "area",
}
"""How measures are headed."""

OUTCOME: Final = ("made", "valid", "above_median", "medal", "percentile", "normalised")
PROCESS: Final = ("nodes", "valid_nodes", "first_valid", "truncated", "gap", "regret", "final_gain")
COST: Final = ("tokens", "completion_tokens", "execution_seconds", "model_seconds", "wall_seconds", "gpu_seconds")

AXIS_NAMES: Final = {
    "tokens": "tokens",
    "execution_seconds": "seconds of execution",
    "gpu_seconds": "GPU seconds",
    "wall_seconds": "seconds of wall-clock",
}


def value(measure: str, number: float, *, signed: bool = False) -> str:
    """Return one figure of a measure."""
    sign = "+" if signed else ""
    if measure in PERCENT:
        return f"{100 * number:{sign}.1f}"
    if measure.endswith("seconds"):
        return duration(number)
    if measure.endswith("tokens"):
        return f"{number:{sign},.0f}"
    if measure in ("nodes", "first_valid"):
        return f"{number:{sign}.1f}"
    sign = "+" if measure in ("gap", "regret", "final_gain") else sign
    return f"{number:{sign}.3f}"


def mean(measure: str, estimate: Estimate | None, *, signed: bool = False) -> str:
    """Return the mean alone."""
    return NONE if estimate is None else value(measure, estimate.mean, signed=signed)


def interval(measure: str, estimate: Estimate | None, *, signed: bool = False) -> str:
    """Return the interval alone: `45.0 to 80.0`; empty where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{value(measure, estimate.low, signed=signed)} to {value(measure, estimate.high, signed=signed)}"


def told(measure: str, estimate: Estimate | None, *, signed: bool = False) -> str:
    """Return mean and interval: `62.5 (45.0 to 80.0)`."""
    span = interval(measure, estimate, signed=signed)
    return mean(measure, estimate, signed=signed) + (f" ({span})" if span else "")


def duration(seconds: float) -> str:
    """Return seconds as people say them: `12.3 s`, `4.5 min`, `2.1 h`."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def budget_words(budget: Budget, tokens_as: str) -> str:
    """Return what each cell may spend, in words."""
    limits = [
        f"{budget.nodes:,} nodes" if budget.nodes is not None else "",
        f"{budget.tokens:,} tokens" if budget.tokens is not None else "",
        f"{duration(budget.execution_seconds)} of execution" if budget.execution_seconds is not None else "",
        f"{duration(budget.wall_seconds)} of wall-clock" if budget.wall_seconds is not None else "",
    ]
    words = " and ".join(limit for limit in limits if limit) or "no limit"
    if tokens_as:
        return f"the tokens that {tokens_as} takes for {words} with the same model, task and seed"
    return words


def setting(summary: Summary) -> list[str]:
    """Return what was searched, a sentence each."""
    suite = summary.suite
    counted = sum(row.counted for row in summary.rows)
    lines = [
        f"{_count(len(suite.models), 'model')}, {_count(len(suite.strategies), 'strategy', 'strategies')}, "
        f"{_count(len(suite.tasks), 'task')}, {_count(len(suite.run.seeds), 'seed')}: "
        f"{counted:,} of {len(summary.records):,} cells are in the means.",
        f"Budget of a cell: {budget_words(suite.budget, suite.tokens_as)}.",
    ]
    if summary.facts is not None:
        facts = summary.facts
        when = datetime.fromtimestamp(facts.created, UTC).strftime("%Y-%m-%d")
        lines.append(
            f"Begun on {when} with tui_aide {facts.version}, Python {facts.python}, {_count(facts.cores, 'core')}, "
            f"{facts.memory / 2**30:.0f} GiB of memory."
        )
    return lines


def specs(summary: Summary) -> list[tuple[str, str, str]]:
    """Return name, strategy and policy of each strategy."""
    return [(name, *strategy.specs) for name, strategy in summary.suite.strategies.items()]


def ends(terms: Terms) -> list[str]:
    """Return what normalised scores of 0 and 1 are, and of what where that is not gold."""
    dummy = f"{terms.dummy:.5g}" if terms.dummy is not None else NONE
    top = f"{terms.top:.5g}" if terms.top is not None else NONE
    return [dummy, f"{top} (strong reference)" if terms.top_is == "strong" else top]


def _count(number: int, word: str, many: str = "") -> str:
    return f"{number:,} {word if number == 1 else many or f'{word}s'}"


MEANS = (
    "Means over tasks of the means over seeds, with 95 % intervals (bootstrap, seeds drawn within each task). "
    "Normalised score: 0 is a constant prediction, 1 the gold medal; a cell without a valid submission counts 0."
)
"""What stands above the first table."""

SEVERAL_LEAD = (
    "pass@k: the chance that at least one of k runs has it (unbiased, over seeds). Best-of-k: the expected normalised "
    "score of the one of k runs that scores best on the hidden rows."
)
PROCESS_LEAD = (
    "First valid node: its number, one more than were made where there is none. Truncated: samples that ended at the "
    "limit of tokens. Gap: how much better the selected node's score on the hidden rows is than on the private ones; "
    "regret: how much better the best node was than the selected one; final gain: what the blend or the run with all "
    "labels added. These three in units of the normalised score."
)
COST_LEAD = (
    "A search, on average. Model: seconds that nodes waited for samples, all together. GPU: seconds in which at least "
    "one sample of a model server was under way, and those of scripts that held memory of a GPU."
)

WRITTEN_BY = f"tui_aide {__version__}"
