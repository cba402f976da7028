"""What is known of the cell under the cursor, as the rows of a panel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len

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
    words, room = one_line(cell.cell.words).replace("·", GLYPHS.dot), width - len(cell.shown) - 4
    metric = f"  {one_line(cell.metric)}" if cell.metric else ""
    rows: list[Row] = [
        (
            (f"{sign} {cell.shown}", style),
            (f"  {fit(words, min(room, cell_len(words)))}", "strong"),
            (metric if cell_len(words + metric) <= room else "", "muted"),
        )
    ]
    if why := _why(cell):
        rows += [((text, style if cell.shown == "failed" else "warn"),) for text in wrap(why, width)[: 3 + height // 8]]
    facts = list(_facts(cell, session))
    if height < 12 and width >= 60:
        return (rows + _beside(facts, width))[:height]
    for fact in facts:
        first, *rest = wrap(fact.text, max(10, width - _LABEL)) or [""]
        rows.append(((fit(fact.label, _LABEL), "muted"), (first, fact.style)))
        rows += [((" " * _LABEL, ""), (part, fact.style)) for part in rest]
    return rows[:height]


class _Fact(NamedTuple):
    """A label and what stands beside it; a `long` one has a row to itself."""

    label: str
    text: str
    style: str = ""
    long: bool = False


def _why(cell: CellProgress) -> str:
    if cell.shown in ("failed", "stopped"):
        return one_line(cell.state.why)
    if cell.shown == "interrupted":
        return "Nobody conducts the run; this search may go on by itself, and is taken up when the run goes on."
    if cell.shown == "done" and cell.state.grading == "failed":
        return f"not graded: {one_line(cell.state.grading_why)}"
    return ""


def _facts(cell: CellProgress, session: Path) -> Iterator[_Fact]:
    state = cell.state
    if cell.best is not None:
        yield _Fact("best", f"{number(cell.best)} on hidden rows")
    elif cell.nodes:
        yield _Fact("best", "no valid solution yet" if cell.shown == "running" else "no valid solution", "warn")
    if cell.grade is not None:
        yield from _worth(cell.grade)
    elif cell.shown == "done" and state.grading == "none":
        yield _Fact("private", "not graded yet", "muted")
    if cell.grade is not None and cell.grade.why:
        yield _Fact("note", one_line(cell.grade.why), "muted", long=True)
    if took := ", ".join(_took(cell)):
        yield _Fact("took", took, "", long=True)
    where = one_line(f"{session.parent.name}/{session.name}") if state.attempts else "not begun"
    yield _Fact("session", where, "muted", long=True)


def _took(cell: CellProgress) -> Iterator[str]:
    state = cell.state
    if cell.nodes or state.attempts:
        yield f"{cell.nodes:,} node{'' if cell.nodes == 1 else 's'}"
    if cell.tokens or state.tokens:
        yield f"{count(cell.tokens)} {f'of {count(state.tokens)} ' if state.tokens else ''}tokens"
    if cell.seconds:
        yield duration(cell.seconds)
    if state.attempts > 1:
        yield f"begun {state.attempts} times"
    if cell.shown == "running" and state.started is not None:
        yield f"begun {ago(time.time() - state.started)}"
    elif state.ended is not None:
        yield f"ended {ago(time.time() - state.ended)}"


def _worth(grade: HandedIn) -> Iterator[_Fact]:
    if grade.score is not None:
        yield _Fact("private", f"{number(grade.score)} on private rows", "strong")
    elif not grade.made:
        yield _Fact("private", "nothing was handed in", "warn")
    elif not grade.valid:
        yield _Fact("private", "no valid submission", "warn")
    if grade.above_median is not None:
        medal = f"{GLYPHS.best} {grade.medal}" if grade.medal is not None else "none"
        yield _Fact("medal", medal, {"gold": "best", None: ""}.get(grade.medal, "good"))
        yield _Fact("median", "above the median team" if grade.above_median else "not above the median")
    if grade.percentile is not None:
        yield _Fact("percentile", f"{100 * grade.percentile:.0f} % of teams no better")
    if grade.normalised is not None:
        yield _Fact("normalised", f"{grade.normalised:.3f}, the top is 1")


def _beside(facts: Sequence[_Fact], width: int) -> list[Row]:
    """Return short facts two a row, then the long ones."""
    half = width // 2
    rows: list[Row] = []
    short, long = [f for f in facts if not f.long], [f for f in facts if f.long]
    for at in range(0, len(short), 2):
        row: list[Span] = []
        for fact in short[at : at + 2]:
            row += [(fit(fact.label, _LABEL), "muted"), (fit(fact.text, half - _LABEL - 1) + " ", fact.style)]
        rows.append(row)
    return rows + [((fit(f.label, _LABEL), "muted"), (fit(f.text, width - _LABEL), f.style)) for f in long]
