"""The report as one HTML file: no network, no script, light and dark, tables and plots that fit a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from tui_aide.bench.report import words
from tui_aide.bench.report.matrix import listing, matrix
from tui_aide.bench.report.plots import COLOURS, curves, scale, symmetric, whisker
from tui_aide.bench.report.summary import AXES, CONTRASTED, OUTCOMES, Contrast, Row, Summary, baselines
from tui_aide.bench.report.words import NAMES, NONE, told
from tui_aide.bench.statistics import Estimate


def html(summary: Summary) -> str:
    """Return the page."""
    parts = [
        _notes(summary),
        _section("What was handed in", _by_model(summary, _outcome), f"{words.MEANS} The plot shows the score."),
        *(_against(summary, against) for against in baselines(summary.suite)),
        _section("What was found by when", _by_model(summary, _anytime), _ANYTIME),
        _section("Cells", _by_model(summary, lambda s, m, rows: matrix(s, m)), _CELLS),
        _section("Several runs", _several(summary.rows), words.SEVERAL_LEAD),
        _section("How the searches went", _measures(summary.rows, words.PROCESS), words.PROCESS_LEAD),
        _section("What was spent", _measures(summary.rows, words.COST, interval=False), words.COST_LEAD),
        _section("Tasks", _tasks(summary), "Normalised score by task."),
        _section("Terms", _terms(summary), "What the private test rows' scores are measured by."),
        _section("Strategies", _strategies(summary), ""),
        f"<details open><summary>All cells <small>{len(summary.records):,}</small></summary>{listing(summary.records)}"
        "</details>",
    ]
    about = summary.suite.about
    return Template(_asset("report.html")).substitute(
        title=escape(f"{summary.name}: report"),
        version=escape(words.WRITTEN_BY),
        style=_asset("report.css"),
        name=escape(summary.name),
        about=f'<p class="about">{escape(about[:1].upper() + about[1:])}.</p>' if about else "",
        setting="".join(f"<p>{escape(line)}</p>" for line in words.setting(summary)),
        body="\n".join(part for part in parts if part),
    )


_ANYTIME = (
    "Mean normalised score, on private rows, of the best so far, with 95 % bands. A search that has ended keeps its "
    "last value. Tokens are prompts and completions."
)
_CELLS = (
    "A number is the normalised score, a disc a medal; – is no valid submission, × a failed search, … one that is not "
    "finished, ? one that could not be graded. Columns are seeds. Each leads to its line in the list of all cells."
)


def _asset(name: str) -> str:
    return files("tui_aide.bench.report").joinpath(name).read_text(encoding="utf-8")


def _section(title: str, body: str, lead: str) -> str:
    told_first = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    return f"<section><h2>{escape(title)}</h2>{told_first}{body}</section>"


def _notes(summary: Summary) -> str:
    if not summary.warnings:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in summary.warnings)
    return f'<section class="notes"><h2>Before you read the figures</h2><ul>{items}</ul></section>'


def _by_model(summary: Summary, part: Callable[[Summary, str, list[Row]], str]) -> str:
    """Return a part for each model, below its name where there are several."""
    found = []
    for model in summary.suite.models:
        body = part(summary, model, [row for row in summary.rows if row.model == model])
        if body:
            head = f"<h3>{escape(model)}</h3>" if len(summary.suite.models) > 1 else ""
            found.append(head + body)
    return "".join(found)


def _colour(summary: Summary, strategy: str) -> int:
    return list(summary.suite.strategies).index(strategy) % COLOURS


def _name(summary: Summary, strategy: str) -> str:
    return f'<span class="key c{_colour(summary, strategy)}"></span>{escape(strategy)}'


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table of ready HTML; its first `left` columns are text, and the first stays in sight as it is moved."""
    heads = "".join(f'<th scope="col"{"" if at >= left else _TEXT}>{cell}</th>' for at, cell in enumerate(head))
    lines = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{'' if at >= left else _TEXT}>{cell}</td>" for at, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


_TEXT = ' class="text"'


def _figure(measure: str, estimate: Estimate | None, *, signed: bool = False) -> str:
    """Return a mean with its interval below it."""
    span = words.interval(measure, estimate, signed=signed)
    return words.mean(measure, estimate, signed=signed) + (f"<small>{span}</small>" if span else "")


def _outcome(summary: Summary, model: str, rows: list[Row]) -> str:
    shown = ("normalised", *(m for m in words.OUTCOME if m != "normalised"))
    return _grid(
        ("strategy", scale(0, 1), *(NAMES[m] for m in shown), "cells"),
        (
            (
                _name(summary, row.strategy),
                whisker(
                    row.measures["normalised"],
                    0.0,
                    1.0,
                    _colour(summary, row.strategy),
                    told("normalised", row.measures["normalised"]),
                ),
                *(_figure(m, row.measures[m]) for m in shown),
                f"{row.counted}" if row.counted == row.cells else f"{row.counted} of {row.cells}",
            )
            for row in rows
        ),
    )


def _against(summary: Summary, against: str) -> str:
    own = [c for c in summary.contrasts if c.against == against]
    if not own:
        return ""
    end = symmetric([c.difference for c in own if c.measure == "normalised"])

    def part(_: Summary, model: str, rows: list[Row]) -> str:
        found = {
            row.strategy: {c.measure: c for c in own if (c.model, c.strategy) == (model, row.strategy)} for row in rows
        }
        lines = [_contrast(summary, name, contrasts, end) for name, contrasts in found.items() if contrasts]
        heads = (NAMES[m].replace(", %", ", points") for m in _CONTRASTED)
        return _grid(("strategy", scale(-end, end), *heads, "pairs"), lines) if lines else ""

    lead = (
        "Differences, paired by task and seed; right of the middle is better. An interval that holds 0 tells nothing."
    )
    return _section(f"Against {against}", _by_model(summary, part), lead)


_CONTRASTED = ("normalised", *(m for m in CONTRASTED if m != "normalised"))


def _contrast(summary: Summary, name: str, own: dict[str, Contrast], end: float) -> list[str]:
    estimate = own["normalised"].difference if "normalised" in own else None
    shown = told("normalised", estimate, signed=True)
    return [
        _name(summary, name),
        whisker(estimate, -end, end, _colour(summary, name), shown),
        *(_figure(m, own[m].difference, signed=True) if m in own else NONE for m in _CONTRASTED),
        str(max(c.pairs for c in own.values())),
    ]


def _anytime(summary: Summary, model: str, rows: list[Row]) -> str:
    drawn = [row for row in rows if row.curves]
    if not drawn:
        return ""
    legend = "".join(
        f"<li>{_name(summary, row.strategy)} <small>{words.mean('normalised', row.measures['normalised'])}</small></li>"
        for row in drawn
    )
    figures = "".join(
        curves(axis, [(row.strategy, _colour(summary, row.strategy), row.curves[axis]) for row in drawn])
        for axis in AXES
        if axis in drawn[0].curves
    )
    return f'<ul class="legend">{legend}</ul><div class="figures">{figures}</div>'


def _several(rows: Sequence[Row]) -> str:
    most = max((max(len(row.best_of), *(len(p) for p in row.pass_at.values())) for row in rows), default=0)
    ks = sorted({1, most} - {0})

    def at(values: Sequence[float], k: int, factor: float, form: str) -> str:
        return format(factor * values[k - 1], form) if k <= len(values) else NONE

    heads = [f"{NAMES[o].removesuffix(', %')}<small>pass@{k}, %</small>" for o in OUTCOMES for k in ks]
    return _grid(
        ("strategy", "model", *heads, *(f"score<small>best-of-{k}</small>" for k in ks)),
        (
            (
                escape(row.strategy),
                escape(row.model),
                *(at(row.pass_at[o], k, 100, ".1f") for o in OUTCOMES for k in ks),
                *(at(row.best_of, k, 1, ".3f") for k in ks),
            )
            for row in rows
        ),
        left=2,
    )


def _measures(rows: Sequence[Row], measures: Sequence[str], *, interval: bool = True) -> str:
    def shown(row: Row, measure: str) -> str:
        estimate = row.measures[measure]
        return _figure(measure, estimate) if interval else words.mean(measure, estimate)

    return _grid(
        ("strategy", "model", *(NAMES[m] for m in measures)),
        ((escape(row.strategy), escape(row.model), *(shown(row, m) for m in measures)) for row in rows),
        left=2,
    )


def _tasks(summary: Summary) -> str:
    tasks = list(summary.suite.tasks)
    return _grid(
        ("strategy", "model", *map(escape, tasks)),
        (
            (escape(row.strategy), escape(row.model), *(_figure("normalised", row.tasks[task]) for task in tasks))
            for row in summary.rows
        ),
        left=2,
    )


def _terms(summary: Summary) -> str:
    terms = {r.cell.task: r.terms for r in summary.records if r.terms is not None}
    rows = []
    for task in summary.suite.tasks:
        own = terms.get(task)
        limits = own.thresholds if own is not None else None
        metric = f"{own.metric}, {'lower' if own.direction == 'min' else 'higher'} is better" if own else NONE
        ends = words.ends(own) if own is not None else [NONE] * 2
        medals = [f"{v:.5g}" for v in (limits.gold, limits.silver, limits.bronze, limits.median)] if limits else []
        shown = [*ends, *(medals or [NONE] * 4)]
        rows.append([escape(task), escape(metric), *shown, str(limits.teams) if limits else NONE])
    return _grid(("task", "metric", "0 is", "1 is", "gold", "silver", "bronze", "median", "teams"), rows, left=2)


def _strategies(summary: Summary) -> str:
    return _grid(
        ("strategy", "made by", "policy"),
        (
            (escape(name), f"<code>{escape(spec)}</code>", f"<code>{escape(policy)}</code>")
            for name, spec, policy in words.specs(summary)
        ),
        left=3,
    )
