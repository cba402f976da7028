"""The rows of the status line and of the run's figures, made from the tree and the moment."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import (
    ago,
    bar,
    count,
    duration,
    handed_in,
    live_count,
    number,
    signed,
    sparkline,
    thousands,
)
from tui_aide.tui.gauges import short_gauge
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.waits import missing_server

Row = Sequence[Span]


_STATUS_STYLE = {
    "running": "live",
    "paused": "warn",
    "finished": "good",
    "stopped": "warn",
    "failed": "bad",
    "interrupted": "bad",
}


_HINTS = 2
"""How many hints the run's figures tell in full."""

_ROOM = 20
"""Cells that a cut group must have to be worth them."""


def _join(groups: list[Row], width: int, *, elastic: bool = False) -> Row:
    """Put groups side by side while they fit; the first ones matter most. An `elastic` last one is cut to its room."""
    out: list[Span] = []
    used = 0
    for group in groups:
        cells = sum(cell_len(text) for text, _ in group)
        extra = cells + (3 if out else 1)
        room = width - used - 3
        if used + extra > width:
            if not (elastic and group is groups[-1] and room >= _ROOM):
                continue
            group = [(fit(group[0][0], room), group[0][1])]
            extra = room + 3
        out.append((f" {GLYPHS.separator} " if out else " ", "faint"))
        out.extend(group)
        used += extra
    return out


def status_row(tree: SolutionTree, at: Moment, width: int, *, gauges: bool = False) -> Row:
    """Return the top line: state, nodes, best, time, model, speed; what does not fit is left out from the right.

    Args:
        tree: the session's.
        at: the moment.
        width: cells.
        gauges: whether the line of gauges is in view, so that the servers need no words here.
    """
    narrow = width < 120
    progress = at.progress
    live = live_count(tree, cut_off=at.cut_off)
    state = at.status.upper()
    if at.status in ("running", "paused") and live:
        state += f" {live}" if narrow else f" {live} live"
    groups: list[Row] = [[(state, _STATUS_STYLE.get(at.status, "muted") if at.status != "running" else "strong")]]
    server = None if gauges else short_gauge(at)
    if server is not None and missing_server(at.servers) is not None:
        groups.append(server)
    total = tree.budget.nodes
    done = f"{tree.finished_count}" + (f"/{total}" if total is not None else "")
    nodes: Row = [(done, "strong"), (" nodes", "muted")]
    groups.append(nodes)
    groups.append(_best(tree, at, narrow))
    if (chosen := _handed_in(tree, narrow)) is not None:
        groups.append(chosen)
    elapsed = (
        tree.wall(at.now) if at.status in ("running", "paused") else tree.wall_seconds or tree.wall(tree.last_time)
    )
    clock: list[Span] = [(duration(elapsed), "")] if narrow else [(duration(elapsed), ""), (" elapsed", "muted")]
    if at.status == "running" and (eta := _eta(tree, at, elapsed)) is not None:
        clock += [(" ETA " if narrow else ", ETA ", "muted"), (duration(eta), "")]
    groups.append(clock)
    if at.attached and tree.placed is not None and tree.placed.warning:
        groups.append([(one_line(tree.placed.words), "warn")])
    if server is not None and missing_server(at.servers) is None:
        groups.append(server)
    if progress and progress.tokens_per_second >= 0.5:
        spark = "" if narrow else sparkline(at.rates, 10) + " "
        groups.append([(spark, "live"), (thousands(progress.tokens_per_second), ""), (" t/s", "muted")])
    if tree.started:
        groups.append([(one_line(at.session), "title")])
        groups.append([(one_line(tree.started.task), "")])
        groups.append([(one_line(tree.model), "muted")])
        groups.append([(one_line(f"{tree.policy}, {tree.strategy}"), "muted")])
    return _join(groups, width, elastic=tree.started is not None and "+" in tree.strategy)


def _best(tree: SolutionTree, at: Moment, narrow: bool) -> Row:
    best = tree.nodes.get(tree.incumbent) if tree.incumbent is not None else None
    if best is None or best.score is None:
        return [("no valid node yet", "muted")]
    metric = "" if narrow or not tree.started else f"{one_line(tree.started.metric)} "
    se = f" {GLYPHS.plus_minus}{number(best.score.se)}" if best.score.se is not None and not narrow else ""
    row: list[Span] = [
        (metric, "muted"),
        (f"{GLYPHS.best} {number(best.score.value)}", "best"),
        (se, "muted"),
        (f" #{best.id}", ""),
    ]
    if not narrow:
        gain = ""
        if len(tree.curve) > 1:
            gain = signed(tree.curve[-1][2] - tree.curve[-2][2]) + ", "
        age = (
            ago(at.now - tree.incumbent_since) if at.attached else f"in {duration(tree.incumbent_since - _begun(tree))}"
        )
        row.append((f" ({gain}{age})", "muted"))
    return row


def _handed_in(tree: SolutionTree, narrow: bool) -> Row | None:
    node = handed_in(tree)
    if node is None or tree.selection is None:
        return None
    chosen = next((c for c in tree.selection.candidates if c.node == node), None)
    row: list[Span] = [("" if narrow else "handed in ", "muted"), (f"{GLYPHS.handed_in} #{node}", "accent")]
    if chosen is not None:
        row.append((f" {'sel' if narrow else 'selection'} {number(chosen.selection)}", "muted"))
    return row


def _begun(tree: SolutionTree) -> float:
    return tree.started.time if tree.started else tree.last_time


def _eta(tree: SolutionTree, at: Moment, elapsed: float) -> float | None:
    """Return seconds to the end by whichever limit comes first, as far as one can tell."""
    ends: list[float] = []
    if tree.budget.nodes is not None and at.seconds_per_node is not None:
        ends.append(max(0, tree.budget.nodes - tree.finished_count) * at.seconds_per_node)
    if tree.budget.wall_seconds is not None:
        ends.append(max(0.0, tree.budget.wall_seconds - elapsed))
    return min(ends) if ends else None


def _counts_row(counts: Sequence[tuple[str, str, str]], width: int) -> Row:
    """Return counts with their words: closer together, then without words, where there is little room."""
    cells = sum(cell_len(figure) + 1 + len(word) for figure, _, word in counts)
    gap = " " * (3 if cells + 3 * (len(counts) - 1) <= width else 2)
    words = cells + 2 * (len(counts) - 1) <= width
    row: list[Span] = []
    for figure, style, word in counts:
        row += [(gap if row else "", ""), (figure, style), (f" {word}" if words else "", "muted")]
    return row


def run_rows(tree: SolutionTree, at: Moment, width: int) -> list[Row]:
    """Return the run's budget, counts and the course of the best score."""
    rows: list[Row] = []
    budget = tree.budget
    bar_width = max(6, min(30, width - 32))
    elapsed = (
        tree.wall(at.now) if at.status in ("running", "paused") else tree.wall_seconds or tree.wall(tree.last_time)
    )
    for name, spent, limit, text in (
        ("nodes", float(tree.finished_count), budget.nodes, lambda v: f"{v:.0f}"),
        ("tokens", float(tree.tokens.total), budget.tokens, count),
        ("script", tree.execution_seconds, budget.execution_seconds, duration),
        ("time", elapsed, budget.wall_seconds, duration),
    ):
        if limit:
            share = spent / limit
            rows.append(
                [
                    (f"{name:<8}", "muted"),
                    (bar(share, bar_width), "warn" if share >= 0.9 and at.status == "running" else "live"),
                    (f" {text(spent)}/{text(limit)}", ""),
                ]
            )
    if not rows:
        rows.append([("budget  ", "muted"), ("no limit", "")])
    live = live_count(tree, cut_off=at.cut_off)
    queued = 0 if at.cut_off else len(tree.running) - live
    pruned = sum(n.pruned for n in tree.nodes.values()) if tree.pruned else 0
    counts = [
        (f"{GLYPHS.valid} {at.good}", "good", "good"),
        (f"{GLYPHS.buggy} {at.buggy}", "bad", "buggy"),
        (f"{GLYPHS.live} {live}", "live", "live"),
        *([(f"{GLYPHS.queued} {queued}", "", "queued")] if queued else []),
        *([(f"{GLYPHS.cancelled} {pruned}", "faint", "pruned")] if pruned else []),
    ]
    row = _counts_row(counts, width)
    rate = f"   {at.buggy / (at.good + at.buggy):.0%} buggy".replace("%", " %") if at.buggy else ""
    fits = sum(cell_len(text) for text, _ in row) + len(rate) <= width
    rows.append([*row, (rate, "muted")] if rate and fits else row)
    if tree.curve:
        values = [v for _, _, v in tree.curve]
        if tree.direction == "min":
            values = [-v for v in values]
        rows.append([("best    ", "muted"), (sparkline(values, max(8, width - 28)), "best"),
                     (f" {number(tree.curve[-1][2])}", "")])  # fmt: skip
    tokens = tree.tokens
    written = count(tokens.reasoning + tokens.answer)
    rows.append(
        [("tokens  ", "muted"), (count(tokens.prompt), ""), (" in  ", "muted"), (written, ""), (" out", "muted")]
    )
    hints = list(tree.hints.items())
    rows += [[(f"{f'hint {k}':<8}", "muted"), (fit(one_line(text), width - 8), "")] for k, text in hints[-_HINTS:]]
    if len(hints) > _HINTS:
        rows[-1] = [*rows[-1][:1], (fit(f"{one_line(hints[-1][1])} (and {len(hints) - _HINTS} more)", width - 8), "")]
    return rows
