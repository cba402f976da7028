"""The matrix of cells in the HTML report: what each search came to, at a glance, and a list of all with figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tui_aide.bench.record import Record
from tui_aide.bench.report.summary import Summary
from tui_aide.bench.report.words import NONE, duration

_LISTED = ("cell", "came to", "score", "normalised", "hidden rows", "nodes", "tokens", "wall-clock", "remarks")


def matrix(summary: Summary, model: str) -> str:
    """Return a table of one model's cells: a row a strategy, a column a task and seed."""
    suite = summary.suite
    seeds = suite.run.seeds
    by = {(r.cell.strategy, r.cell.task, r.cell.seed): r for r in summary.records if r.cell.model == model}
    tasks = "".join(f'<th colspan="{len(seeds)}" scope="colgroup">{escape(task)}</th>' for task in suite.tasks)
    numbers = "".join(
        f'<th scope="col"{_edge(place)}>{seed}</th>' for _ in suite.tasks for place, seed in enumerate(seeds)
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(strategy)}</th>'
        + "".join(
            _cell(by.get((strategy, task, seed)), place) for task in suite.tasks for place, seed in enumerate(seeds)
        )
        + "</tr>"
        for strategy in suite.strategies
    )
    return (
        f'<div class="wide"><table class="matrix"><thead><tr><th rowspan="2"></th>{tasks}</tr><tr>{numbers}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def listing(records: Sequence[Record]) -> str:
    """Return all cells, one row each, with a link to the session's folder beside the report."""
    rows = "".join(_listed(record) for record in records)
    head = "".join(f"<th>{name}</th>" for name in _LISTED)
    return f'<div class="wide"><table class="list"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def standing_words(record: Record) -> str:
    """Return what a cell came to, in a word or two."""
    if record.standing != "done":
        return record.standing
    if record.grade.medal is not None:
        return record.grade.medal
    if record.grade.above_median:
        return "above median"
    return "valid" if record.grade.valid else "invalid" if record.grade.made else "nothing made"


def _edge(place: int) -> str:
    return ' class="edge"' if place == 0 else ""


def _cell(record: Record | None, place: int) -> str:
    edge = " edge" if place == 0 else ""
    if record is None:
        return f'<td class="none{edge}"></td>'
    sign, kind, share = _sign(record)
    fill = f' style="--share:{share:.0f}%"' if share is not None else ""
    medal = f'<i class="{record.grade.medal}" aria-hidden="true"></i>' if record.grade.medal is not None else ""
    words = f"{record.cell.task}, seed {record.cell.seed}: {standing_words(record)}"
    return (
        f'<td class="{kind}{edge}"{fill}><a href="#{escape(record.cell.id)}" title="{escape(words)}">'
        f"{sign}{medal}</a></td>"
    )


def _sign(record: Record) -> tuple[str, str, float | None]:
    """Return what a cell shows, its class, and how much of the colour it has in percent."""
    if record.standing == "failed":
        return "×", "bad", None
    if record.standing != "done" and not record.grade.valid:
        return "…" if record.standing == "unfinished" else "?", "open", None
    if not record.grade.valid:
        return NONE, "bad", None
    if record.grade.normalised is None:
        return "✓", "done", None
    shown = f"{record.grade.normalised:.2f}"
    return shown.removeprefix("0") if shown != "1.00" else "1", "done", 100 * record.grade.normalised


def _listed(record: Record) -> str:
    grade, process, name = record.grade, record.process, escape(record.cell.id)
    figures = (
        f"{grade.score:.5g}" if grade.score is not None else NONE,
        f"{grade.normalised:.3f}" if grade.normalised is not None else NONE,
        f"{record.validation:.5g}" if record.validation is not None else NONE,
        f"{process.valid_nodes} of {process.nodes}",
        f"{process.tokens.total:,}",
        duration(process.wall_seconds),
    )
    why = " ".join((record.why or grade.why or record.touched).split())
    return (
        f'<tr id="{name}"><th scope="row"><a href="sessions/{name}/">{name}</a></th><td>{standing_words(record)}</td>'
        f"{''.join(f'<td>{f}</td>' for f in figures)}<td>{escape(why[:200])}</td></tr>"
    )
