"""What a run says: estimates a model and strategy, contrasts, pass@k, anytime curves. Data for every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from tui_aide.bench.curves import Axis, Curve, curve, grid
from tui_aide.bench.record import MakeGrade, Record, read_records
from tui_aide.bench.report.warnings import warnings_of
from tui_aide.bench.run_facts import RunFacts
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.statistics import Estimate, best_of_k, contrast, estimate, pass_at_k
from tui_aide.bench.suite import Suite

Unfinished = Literal["leave", "count"]
"""Whether cells that are not finished are left out of all means, or count as they stand."""

AXES: Final[tuple[Axis, ...]] = ("tokens", "execution_seconds", "gpu_seconds", "wall_seconds")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _of_span(record: Record, value: float | None) -> float | None:
    span = record.terms.span if record.terms is not None else None
    return value / span if value is not None and span is not None else None


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _medal(record: Record) -> float | None:
    known = record.terms is not None and record.terms.thresholds is not None
    return float(record.grade.medal is not None) if known else None


MEASURES: Final[dict[str, Callable[[Record], float | None]]] = {
    "made": lambda r: float(r.grade.made),
    "valid": lambda r: float(r.grade.valid),
    "above_median": lambda r: _flag(r.grade.above_median),
    "medal": _medal,
    "percentile": lambda r: r.grade.percentile,
    "normalised": lambda r: r.grade.normalised,
    "valid_nodes": lambda r: _share(r.process.valid_nodes, r.process.nodes),
    "first_valid": lambda r: float(r.process.first_valid or r.process.nodes + 1),
    "truncated": lambda r: _share(r.process.truncated, r.process.samples),
    "gap": lambda r: _of_span(r, r.gap),
    "regret": lambda r: _of_span(r, r.regret),
    "final_gain": lambda r: _of_span(r, r.final_gain),
    "nodes": lambda r: float(r.process.nodes),
    "tokens": lambda r: float(r.process.tokens.total),
    "completion_tokens": lambda r: float(r.process.tokens.reasoning + r.process.tokens.answer),
    "execution_seconds": lambda r: r.process.execution_seconds,
    "model_seconds": lambda r: r.process.model_seconds,
    "wall_seconds": lambda r: r.process.wall_seconds,
    "gpu_seconds": lambda r: r.process.gpu_seconds,
}
"""Each measure of a cell; None where it says nothing of it, and is not counted."""

OUTCOMES: Final = ("valid", "above_median", "medal")
"""What pass@k is told of."""

CONTRASTED: Final = ("valid", "medal", "normalised")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy with one model, over all tasks and seeds that count.

    Attributes:
        cells: that the suite asks for; `counted` of them are in the means.
        measures: by the names of `MEASURES`; None where no cell has it.
        pass_at: by outcome, the chance that one of k runs has it, for k = 1, 2, ...
        best_of: the expected normalised score of the best by validation of k runs, for k = 1, 2, ...
        tasks: the mean normalised score by task.
        curves: by axis, where anything was spent of it.
    """

    model: str
    strategy: str
    cells: int
    counted: int
    measures: dict[str, Estimate | None]
    pass_at: dict[str, list[float]]
    best_of: list[float]
    tasks: dict[str, Estimate | None]
    curves: dict[str, Curve]


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """How a strategy differs from another one with the same model, paired by task and seed over `pairs` pairs."""

    model: str
    strategy: str
    against: str
    measure: str
    difference: Estimate
    pairs: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report tells."""

    name: str
    suite: Suite
    facts: RunFacts | None
    unfinished: Unfinished
    records: list[Record]
    rows: list[Row]
    contrasts: list[Contrast]
    warnings: list[str]

    def record(self, model: str, strategy: str, task: str, seed: int) -> Record | None:
        """Return one cell's record."""
        return self._by.get((model, strategy, task, seed))

    @property
    def _by(self) -> dict[tuple[str, str, str, int], Record]:
        return {(r.cell.model, r.cell.strategy, r.cell.task, r.cell.seed): r for r in self.records}


def summarise(run: RunFolder, unfinished: Unfinished = "leave", make_grade: MakeGrade | None = None) -> Summary:
    """Read a run and compute all that a report tells.

    Args:
        run: the run.
        unfinished: what to do with cells that are not finished.
        make_grade: grades cells that were not graded yet.

    Raises:
        SessionError: this is no run.
    """
    suite, records = run.suite, read_records(run, make_grade, unfinished=unfinished == "count")
    counted = [r for r in records if counts(r, unfinished)]
    rows = [_row(suite, model, strategy, records, counted) for model in suite.models for strategy in suite.strategies]
    return Summary(
        name=run.name,
        suite=suite,
        facts=run.facts() if run.facts_file.is_file() else None,
        unfinished=unfinished,
        records=records,
        rows=rows,
        contrasts=[c for model in suite.models for c in _contrasts(suite, model, counted)],
        warnings=warnings_of(suite, records, counted, unfinished),
    )


def counts(record: Record, unfinished: Unfinished) -> bool:
    """Whether a cell is in the means."""
    if record.standing == "unfinished":
        return unfinished == "count"
    return record.standing != "ungraded"


def baselines(suite: Suite) -> list[str]:
    """Return what each strategy is compared with: `aide` and plain `best-of-n` where there are any, else the first."""
    known: list[str] = [name for name in ("aide", "best-of-n") if name in suite.strategies]
    return known or list(suite.strategies)[:1]


def _row(suite: Suite, model: str, strategy: str, records: list[Record], counted: list[Record]) -> Row:
    own = [r for r in counted if (r.cell.model, r.cell.strategy) == (model, strategy)]
    by_task = [[r for r in own if r.cell.task == task] for task in suite.tasks]
    peers = [r for r in counted if r.cell.model == model]
    grids = {axis: grid(peers, axis) for axis in AXES}
    scaled = [[r for r in task if r.grade.normalised is not None] for task in by_task]
    return Row(
        model=model,
        strategy=strategy,
        cells=sum((r.cell.model, r.cell.strategy) == (model, strategy) for r in records),
        counted=len(own),
        measures={name: _estimate(by_task, measure) for name, measure in MEASURES.items()},
        pass_at={name: _pass_at(by_task, MEASURES[name]) for name in OUTCOMES},
        best_of=_best_of(scaled),
        tasks={
            task: _estimate([runs], MEASURES["normalised"]) for task, runs in zip(suite.tasks, by_task, strict=True)
        },
        curves={axis: curve(scaled, axis, x) for axis, x in grids.items() if x[-1] > 0} if any(scaled) else {},
    )


def _estimate(by_task: Sequence[Sequence[Record]], measure: Callable[[Record], float | None]) -> Estimate | None:
    strata = [[v for r in runs if (v := measure(r)) is not None] for runs in by_task]
    return estimate(strata) if any(strata) else None


def _pass_at(by_task: Sequence[Sequence[Record]], measure: Callable[[Record], float | None]) -> list[float]:
    """Return pass@1, pass@2, ... up to the fewest runs that a task has."""
    known = [[v for r in runs if (v := measure(r)) is not None] for runs in by_task]
    strata = [[v > 0 for v in runs] for runs in known if runs]
    most = min((len(runs) for runs in strata), default=0)
    return [sum(pass_at_k(sum(s), len(s), k) for s in strata) / len(strata) for k in range(1, most + 1)]


def _best_of(by_task: Sequence[Sequence[Record]]) -> list[float]:
    strata = [runs for runs in by_task if runs]
    most = min((len(runs) for runs in strata), default=0)
    return [sum(_best(runs, k) for runs in strata) / len(strata) for k in range(1, most + 1)]


def _best(runs: Sequence[Record], k: int) -> float:
    return best_of_k([r.utility for r in runs], [r.grade.normalised or 0.0 for r in runs], k)


def _contrasts(suite: Suite, model: str, counted: list[Record]) -> list[Contrast]:
    found = []
    for against in baselines(suite):
        for strategy in suite.strategies:
            for measure in CONTRASTED:
                if strategy != against and (one := _contrast(suite, model, strategy, against, measure, counted)):
                    found.append(one)
    return found


def _contrast(
    suite: Suite, model: str, strategy: str, against: str, measure: str, counted: list[Record]
) -> Contrast | None:
    take = MEASURES[measure]

    def values(name: str) -> dict[tuple[str, int], float]:
        own = (r for r in counted if (r.cell.model, r.cell.strategy) == (model, name))
        return {(r.cell.task, r.cell.seed): v for r in own if (v := take(r)) is not None}

    ours, theirs = values(strategy), values(against)
    pairs = [[key for key in sorted(ours.keys() & theirs.keys()) if key[0] == task] for task in suite.tasks]
    if not any(pairs):
        return None
    difference = contrast([[ours[k] for k in keys] for keys in pairs], [[theirs[k] for k in keys] for keys in pairs])
    return Contrast(
        model=model,
        strategy=strategy,
        against=against,
        measure=measure,
        difference=difference,
        pairs=sum(map(len, pairs)),
    )


def plain(value: Any) -> Any:
    """Return a value as plain data, floats rounded to nine significant digits, so that no last bit shows."""
    return _rounded(msgspec.to_builtins(value, str_keys=True))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _rounded(v) for key, v in value.items()}
    return [_rounded(v) for v in value] if isinstance(value, list) else value
