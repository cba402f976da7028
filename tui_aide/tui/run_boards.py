"""The lines over and under a run's matrix: how it stands, what it took and will take, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from tui_aide.bench.progress import RunProgress, Shown
from tui_aide.bench.time_left import elapsed, seconds_left
from tui_aide.tui.actions import key_for
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import bar, count, duration
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.matrix import Filter, sign_of
from tui_aide.tui.plain_text import fit, one_line

Row = Sequence[Span]

_STATUS_STYLE = {"running": "live", "done": "good", "stopped": "warn", "failed": "bad"}
_ORDER: tuple[Shown, ...] = ("done", "running", "waiting", "failed", "stopped", "interrupted")


class RunNames(msgspec.Struct, frozen=True):
    """What does not change of a run while it is shown: its name, its suite's, cells at once, and what a cell may take.

    `command` is what names the run on the command line: its name, or its folder where that lies elsewhere.
    """

    name: str
    suite: str
    parallel: int
    budget: str
    command: str


def head_row(names: RunNames, progress: RunProgress, width: int, now: float, *, stopping: bool) -> Row:
    """Return the first line: the run, how it stands, how much of it is done and about how long the rest takes."""
    status = "stopping" if stopping and progress.conducted else progress.status
    cells, ended = len(progress.cells), progress.ended
    row: list[Span] = [
        (" bench ", "muted"),
        (one_line(names.name), "best"),
        (f"  {GLYPHS.live if progress.conducted else GLYPHS.ended} {status}", _STATUS_STYLE.get(status, "warn")),
        (f"  {ended} of {cells} cells ", ""),
        (bar(ended / max(1, cells), 12 if width < 120 else 24), "good"),
    ]
    left = seconds_left(progress, names.parallel, now) if progress.conducted else None
    more = [
        *([f"about {duration(left)} left"] if left is not None else []),
        f"{names.parallel} at once",
        names.budget,
        *([f"suite {one_line(names.suite)}"] if names.suite != names.name else []),
    ]
    return _while_fitting(
        row, [(f" {GLYPHS.separator} {text} ", "" if text.startswith("about") else "muted") for text in more], width
    )


def totals_row(names: RunNames, progress: RunProgress, width: int, now: float, wanted: Filter, hidden: int) -> Row:
    """Return the second line: the cells by state, tokens, the time taken and about how much is left, the filter."""
    row: list[Span] = [(" ", "")]
    for shown in _ORDER:
        number = progress.count(shown)
        if number or shown in ("done", "running", "waiting", "failed"):
            sign, style = sign_of(shown)
            row += [(f"{sign} ", style), (f"{number} {shown}  ", "" if number else "faint")]
    more: list[Span] = []
    if wanted != "all":
        rows = f", {hidden} rows hidden" if hidden else ""
        more.append((f"{GLYPHS.separator} only {wanted}{rows}  ", "accent"))
    if (taken := elapsed(progress, now)) is not None:
        more.append((f"{GLYPHS.separator} {duration(taken)} so far  ", "muted"))
    tokens = sum(cell.tokens for cell in progress.cells)
    more.append((f"{GLYPHS.separator} {count(tokens)} tokens  ", "muted"))
    more.append((f"{GLYPHS.separator} {sum(c.nodes for c in progress.cells):,} nodes  ", "muted"))
    return _while_fitting(row, more, width)


def event_row(names: RunNames, progress: RunProgress, said: str, width: int, *, stopping: bool) -> Row:
    """Return the line at the bottom: what the conductor said last; without one, how to go on."""
    if progress.conducted:
        if stopping:
            text = f" Stopping: searches end cleanly. {key_for('bench.stop')} once more ends them at once."
            return ((fit(text, width), "warn"),)
        return ((fit(f" {one_line(said)}".replace("·", GLYPHS.dot), width), "muted"),)
    command = f"tui-aide bench resume {names.command}"
    if progress.left or progress.ungraded:
        what = f"{progress.left} cells are left" if progress.left else f"{progress.ungraded} are not graded"
        return ((fit(f" {key_for('bench.resume')} goes on, or: {command}  {what}.", width), "warn"),)
    if failed := progress.count("failed"):
        text = (
            f" {failed} failed. {key_for('bench.retry')} tries them again; {key_for('bench.report')} writes a report."
        )
        return ((fit(text, width), "warn"),)
    return ((fit(f" All cells are done. {key_for('bench.report')} writes a report.", width), "good"),)


def _while_fitting(row: list[Span], more: Sequence[Span], width: int) -> Row:
    """Add what there is room for, the first ones first."""
    used = sum(cell_len(text) for text, _ in row)
    for text, style in more:
        if used + cell_len(text) <= width:
            row.append((text, style))
            used += cell_len(text)
    return row
