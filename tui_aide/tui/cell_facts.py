"""What is known of the cell under the cursor, as the rows of a panel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tui_aide.bench.progress import CellProgress, HandedIn
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import ago, count, duration, number
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.matrix import sign_of
from tui_aide.tui.plain_text import fit, one_line, wrap

Row = Sequence[Span]

_LABEL = 11


def cell_rows(cell: CellProgress | None, session: Path | None, width: int, height: int) -> list[Row]:
    """Return what is known of a cell.

    Args:
        cell: the cell, None for none.
        session: its session's folder, whether or not it is there.
        width: cells of a row.
        height: rows that there are; the last ones matter least.
    """
    if cell is None or session is None:
        return []
    sign, style = sign_of(cell.shown)
    rows: list[Row] = [
        (
            (f"{sign} {cell.shown}", style),
            (f"  {fit(one_line(cell.cell.words), width - len(cell.shown) - 4)}", "strong"),
        )
    ]
    if why := _why(cell):
        rows += [((text, style if cell.shown == "failed" else "warn"),) for text in wrap(why, width)[: 3 + height // 8]]
    facts = [(label, one_line(text), look) for label, text, look in _facts(cell, session)]
    if height < 12 and width >= 60:
        return (rows + _beside(facts, width))[:height]
    for label, text, look in facts:
        first, *rest = wrap(text, max(10, width - _LABEL)) or [""]
        rows.append(((fit(label, _LABEL), "muted"), (first, look)))
        rows += [((" " * _LABEL, ""), (part, look)) for part in rest]
    return rows[:height]


def _why(cell: CellProgress) -> str:
    if cell.shown in ("failed", "stopped"):
        return one_line(cell.state.why)
    if cell.shown == "interrupted":
        return "Nobody conducts the run; this search may go on by itself, and is taken up when the run goes on."
    if cell.shown == "done" and cell.state.grading == "failed":
        return f"not graded: {one_line(cell.state.grading_why)}"
    return ""


def _facts(cell: CellProgress, session: Path) -> Iterator[tuple[str, str, str]]:
    state = cell.state
    if cell.best is not None:
        yield "best", f"{number(cell.best)} {cell.metric} on the search's hidden rows", ""
    elif cell.nodes:
        yield "best", "no valid solution yet" if cell.shown == "running" else "no valid solution", "warn"
    if cell.grade is not None:
        yield from _worth(cell.grade, cell.metric)
    elif cell.shown == "done" and state.grading == "none":
        yield "grade", "not graded yet", "muted"
    if cell.nodes or cell.seconds:
        yield "nodes", f"{cell.nodes:,}", ""
    if cell.tokens or state.tokens:
        of = f" of {count(state.tokens)}" if state.tokens else ""
        yield "tokens", f"{count(cell.tokens)}{of}", ""
    if cell.seconds:
        yield "time", duration(cell.seconds), ""
    if state.attempts > 1:
        yield "begun", f"{state.attempts} times", ""
    if state.started is not None and cell.shown == "running":
        yield "since", ago(time.time() - state.started), "muted"
    if state.ended is not None:
        yield "ended", ago(time.time() - state.ended), "muted"
    yield "session", str(session) if state.attempts else "not begun", "muted"


def _worth(grade: HandedIn, metric: str) -> Iterator[tuple[str, str, str]]:
    if grade.score is not None:
        yield "private", f"{number(grade.score)} {metric} on the private rows", "strong"
    elif not grade.made:
        yield "private", "nothing was handed in", "warn"
    elif not grade.valid:
        yield "private", "no valid submission", "warn"
    if grade.medal is not None:
        yield "medal", f"{GLYPHS.best} {grade.medal}", "best" if grade.medal == "gold" else "good"
    if grade.above_median is not None:
        yield "median", "above the median team" if grade.above_median else "not above the median team", ""
    if grade.percentile is not None:
        yield "percentile", f"{100 * grade.percentile:.0f} % of the teams are no better", ""
    if grade.normalised is not None:
        yield "normalised", f"{grade.normalised:.3f} between a constant and the top", ""
    if grade.why:
        yield "note", grade.why, "muted"


def _beside(facts: Sequence[tuple[str, str, str]], width: int) -> list[Row]:
    """Return facts two a row, and the last, which is long, on its own."""
    half = width // 2
    rows: list[Row] = []
    *short, last = facts
    for left, right in zip(short[::2], [*short[1::2], ("", "", "")], strict=False):
        row: list[Span] = []
        for label, text, look in (left, right):
            row += [(fit(label, _LABEL if label else 0), "muted"), (fit(text, half - _LABEL - 1) + " ", look)]
        rows.append(row)
    label, text, look = last
    rows.append(((fit(label, _LABEL), "muted"), (fit(text, width - _LABEL), look)))
    return rows
