"""The report as Markdown: tables and plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_aide.bench.curves import Axis
from tui_aide.bench.report import words
from tui_aide.bench.report.summary import AXES, CONTRASTED, OUTCOMES, Contrast, Row, Summary, baselines
from tui_aide.bench.report.words import NAMES, NONE, told


def markdown(summary: Summary) -> str:
    """Return the report."""
    suite = summary.suite
    parts = [
        f"# {summary.name}",
        *([suite.about[:1].upper() + suite.about[1:] + "."] if suite.about else []),
        " ".join(words.setting(summary)),
        *(f"> **Note.** {warning}" for warning in summary.warnings),
        "## What was handed in",
        words.MEANS,
        _measures(summary.rows, words.OUTCOME),
        *_contrasts(summary),
        "## Several runs",
        words.SEVERAL_LEAD,
        _several(summary.rows),
        "## How the searches went",
        words.PROCESS_LEAD,
        _measures(summary.rows, words.PROCESS),
        "## What was spent",
        words.COST_LEAD,
        _measures(summary.rows, words.COST, interval=False),
        "## What was found by when",
        "Area under the anytime curve: the mean normalised score of the best so far, over all that the longest search "
        "of the model spent.",
        _areas(summary.rows),
        "## Tasks",
        "Normalised score.",
        _tasks(summary),
        "## Terms",
        _terms(summary),
        "## Strategies",
        "\n".join(f"- {name}: strategy `{spec}`, policy `{policy}`" for name, spec, policy in words.specs(summary)),
        f"Written by {words.WRITTEN_BY}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> str:
    """Return a table; all columns but the first `left` are aligned to the right."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    lines = [head, rule, *([_cell(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _measures(rows: Sequence[Row], measures: Sequence[str], *, interval: bool = True) -> str:
    def shown(row: Row, measure: str) -> str:
        return told(measure, row.measures[measure]) if interval else words.mean(measure, row.measures[measure])

    return _grid(
        ("model", "strategy", "cells", *(NAMES[m] for m in measures)),
        ((row.model, row.strategy, _cells(row), *(shown(row, m) for m in measures)) for row in rows),
    )


def _cells(row: Row) -> str:
    return f"{row.counted}" if row.counted == row.cells else f"{row.counted} of {row.cells}"


def _contrasts(summary: Summary) -> list[str]:
    found = []
    for against in baselines(summary.suite):
        own = [c for c in summary.contrasts if c.against == against]
        if not own:
            continue
        keys = list(dict.fromkeys((c.model, c.strategy) for c in own))
        found += [
            f"Against `{against}`, paired by task and seed:",
            _grid(
                ("model", "strategy", "pairs", *(NAMES[m].replace(", %", ", points") for m in CONTRASTED)),
                (_contrast(key, own) for key in keys),
            ),
        ]
    return found


def _contrast(key: tuple[str, str], contrasts: Sequence[Contrast]) -> list[str]:
    own = {c.measure: c for c in contrasts if (c.model, c.strategy) == key}
    pairs = max(c.pairs for c in own.values())
    return [*key, str(pairs), *(told(m, own[m].difference, signed=True) if m in own else NONE for m in CONTRASTED)]


def _several(rows: Sequence[Row]) -> str:
    most = max((len(row.best_of) for row in rows), default=0)
    most = max([most, *(len(p) for row in rows for p in row.pass_at.values())])
    ks = sorted({1, most} - {0})

    def at(values: Sequence[float], k: int, factor: float, form: str) -> str:
        return format(factor * values[k - 1], form) if k <= len(values) else NONE

    head = [f"{NAMES[o].removesuffix(', %')}, pass@{k}, %" for o in OUTCOMES for k in ks]
    return _grid(
        ("model", "strategy", *head, *(f"score, best-of-{k}" for k in ks)),
        (
            (
                row.model,
                row.strategy,
                *(at(row.pass_at[o], k, 100, ".1f") for o in OUTCOMES for k in ks),
                *(at(row.best_of, k, 1, ".3f") for k in ks),
            )
            for row in rows
        ),
    )


def _areas(rows: Sequence[Row]) -> str:
    def area(row: Row, axis: Axis) -> str:
        return f"{row.curves[axis].area:.3f}" if axis in row.curves else NONE

    return _grid(
        ("model", "strategy", *(f"over {words.AXIS_NAMES[axis]}" for axis in AXES)),
        ((row.model, row.strategy, *(area(row, axis) for axis in AXES)) for row in rows),
    )


def _tasks(summary: Summary) -> str:
    tasks = list(summary.suite.tasks)
    return _grid(
        ("model", "strategy", *tasks),
        ((row.model, row.strategy, *(told("normalised", row.tasks[task]) for task in tasks)) for row in summary.rows),
    )


def _terms(summary: Summary) -> str:
    terms = {r.cell.task: r.terms for r in summary.records if r.terms is not None}
    rows = []
    for task in summary.suite.tasks:
        own = terms.get(task)
        if own is None:
            rows.append([task, *[NONE] * 8])
            continue
        limits = own.thresholds
        medals = [f"{v:.5g}" for v in (limits.gold, limits.silver, limits.bronze, limits.median)] if limits else []
        rows.append(
            [
                task,
                f"{own.metric}, {'lower' if own.direction == 'min' else 'higher'} is better",
                *words.ends(own),
                *(medals or [NONE] * 4),
                str(limits.teams) if limits else NONE,
            ]
        )
    return _grid(("task", "metric", "0 is", "1 is", "gold", "silver", "bronze", "median", "teams"), rows)
