"""What whoever reads a report must know before its figures: cells left out, failed, or searched at another budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_aide.bench.mlebench.flagged import flagged
from tui_aide.bench.record import Record, Standing
from tui_aide.bench.suite import Suite

if TYPE_CHECKING:
    from tui_aide.bench.report.summary import Unfinished

UNEQUAL = 0.1
"""How far the mean spend of two strategies may differ, as a share of the greater one."""

_SHOWN = 5
_FEW_SEEDS = 5


def warnings_of(
    suite: Suite, records: Sequence[Record], counted: Sequence[Record], unfinished: Unfinished
) -> list[str]:
    """Return the warnings, a sentence or two each."""
    found = [*_standing(records, unfinished), *_touched(records)]
    if uneven := [model for model in suite.models if _uneven(suite, model, counted)]:
        found.append(
            f"Not all strategies have the same tasks and seeds in their means ({', '.join(uneven)}): only the paired "
            "differences compare like with like."
        )
    found += [line for model in suite.models if (line := unequal(suite, model, counted))]
    if not any(_best_of_n(suite, name) for name in suite.strategies):
        found.append(
            "There is no plain best-of-n among the strategies: whether a strategy does more than drawing often enough "
            "cannot be told."
        )
    return found + _tasks(suite, records) + [f"{line}." for line in flagged(suite)] + _seeds(suite)


def unequal(suite: Suite, model: str, counted: Sequence[Record]) -> str:
    """Return a warning where a model's strategies spent budgets that differ by more than a tenth, else nothing.

    Compared are the means over the tasks and seeds that all of them have, of tokens, or of nodes where there are none.
    """
    spent: dict[str, dict[tuple[str, int], Record]] = {}
    for record in counted:
        if record.cell.model == model and record.standing != "failed":
            spent.setdefault(record.cell.strategy, {})[record.cell.task, record.cell.seed] = record
    shared = set.intersection(*(set(own) for own in spent.values())) if spent else set()
    if len(spent) < 2 or not shared:
        return ""
    tokens = any(own[key].process.tokens.total for own in spent.values() for key in shared)
    means = {
        name: sum(own[key].process.tokens.total if tokens else own[key].process.nodes for key in shared) / len(shared)
        for name, own in spent.items()
    }
    least, most = min(means, key=lambda n: means[n]), max(means, key=lambda n: means[n])
    if means[most] == 0 or 1 - means[least] / means[most] <= UNEQUAL:
        return ""
    unit = "tokens" if tokens else "nodes"
    form = ",.0f" if tokens else ".1f"
    return (
        f"{model}: the strategies did not spend the same: {means[least]:{form}} {unit} a search by {least}, "
        f"{means[most]:{form}} by {most}. Compare them by the anytime curves, or run them at equal budget."
    )


def _uneven(suite: Suite, model: str, counted: Sequence[Record]) -> bool:
    cells = [
        {(r.cell.task, r.cell.seed) for r in counted if (r.cell.model, r.cell.strategy) == (model, strategy)}
        for strategy in suite.strategies
    ]
    return any(own != cells[0] for own in cells)


def _standing(records: Sequence[Record], unfinished: Unfinished) -> list[str]:
    left = "count as they stand" if unfinished == "count" else "are left out of all means"
    words: dict[Standing, str] = {
        "failed": "failed, and count as nothing made",
        "unfinished": f"are not finished, and {left}",
        "ungraded": "could not be graded, and are left out of all means",
    }
    found = []
    for standing, told in words.items():
        own = [r for r in records if r.standing == standing]
        if own:
            named = "; ".join(f"{r.cell.id}{f' ({r.why})' if r.why else ''}" for r in own[:_SHOWN])
            more = f"; and {len(own) - _SHOWN} more" if len(own) > _SHOWN else ""
            found.append(f"{len(own)} of {len(records)} cells {told}: {named}{more}.")
    return found


def _touched(records: Sequence[Record]) -> list[str]:
    own = [r for r in records if r.touched]
    if not own:
        return []
    named = "; ".join(f"{r.cell.id} ({r.touched})" for r in own[:_SHOWN])
    more = f"; and {len(own) - _SHOWN} more" if len(own) > _SHOWN else ""
    return [f"{len(own)} cells are not the bench's own work alone: {named}{more}. They count all the same."]


def _best_of_n(suite: Suite, name: str) -> bool:
    return "best-of-n" in name or suite.strategies[name].strategy.startswith("best-of-n")


def _tasks(suite: Suite, records: Sequence[Record]) -> list[str]:
    terms = {r.cell.task: r.terms for r in records if r.terms is not None}
    found = []
    mixed = {r.cell.task: None for r in records if r.terms is not None and r.terms != terms[r.cell.task]}
    if mixed:
        found.append(
            f"Graded by different terms, as by another leaderboard or version: cells of {', '.join(mixed)}. Remove "
            "their files in grades/ and write the report again."
        )
    bare = [task for task, own in terms.items() if own.thresholds is None]
    if bare:
        found.append(
            f"Without a leaderboard, and so without medals, median and percentile: {', '.join(bare)}; they are not in "
            "the means of those."
        )
    if unscaled := [task for task in suite.tasks if task in terms and terms[task].span is None]:
        found.append(f"Without a scale for normalised scores, and not in their means: {', '.join(unscaled)}.")
    return found


def _seeds(suite: Suite) -> list[str]:
    seeds = len(suite.run.seeds)
    if seeds == 1:
        return ["There is one seed: no interval can be told, and differences may be chance."]
    if seeds < _FEW_SEEDS:
        return [f"With {seeds} seeds a task the intervals are too narrow; see docs/bench-report.md."]
    return []
