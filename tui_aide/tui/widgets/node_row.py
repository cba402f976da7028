"""The rows of the tree: a node's guides, sign, number, name and figures, and a candidate's below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_aide.tree.node import Node
from tui_aide.tui.candidates import count_words
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import VERDICT_WORDS, branch_mark, duration, full_name, handed_in, node_glyph, number, signed
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, fit_right, one_line
from tui_aide.tui.waits import wait_of
from tui_aide.tui.widgets.candidate_row import candidate_row

if TYPE_CHECKING:
    from tui_aide.tui.widgets.tree_view import SolutionTreeView

COURSE_WIDTH = 70
"""From this width on, each row has the course of its branch's best."""
_COURSE = 6
_METRIC, _DELTA = 10, 8
COMPACT = 58
"""Below this width the tree leaves out what it can."""
_SHORT = {
    "queued": "queue",
    "thinking": "think",
    "writing": "write",
    "waiting": "wait",
    "executing": "run",
    "scoring": "score",
    "done": "done",
}


def _levels(width: int) -> int:
    return max(4, (width - 38) // 2)


def row_of_candidate(
    view: SolutionTreeView, node: Node, candidate: int, width: int, *, is_cursor: bool
) -> Sequence[Span]:
    """Return the row of one of a node's candidates."""
    tree, rows = view.solutions, view.rows
    below = node.id not in rows.folded and rows.has_children(tree, node)
    return candidate_row(
        node,
        candidate,
        rows.candidate_guides(tree, node, _levels(width), children=below),
        width,
        is_cursor=is_cursor,
        cut_off=view.cut_off,
        delta=0 if width < COMPACT else _DELTA,
    )


def row_of_node(view: SolutionTreeView, node: Node, width: int, *, is_cursor: bool) -> Sequence[Span]:
    """Return a node's row: cursor, guides, mark, sign, number, name, and its columns at the right."""
    tree, rows = view.solutions, view.rows
    lead = rows.guides(tree, node, _levels(width))
    parent_of_some = bool(node.children) and rows.has_children(tree, node)
    if parent_of_some:
        lead += GLYPHS.closed if node.id in rows.folded else GLYPHS.opened
    elif rows.order != "flat":
        lead += GLYPHS.across if node.parents else " "
    sign, style = node_glyph(node, tree, cut_off=view.cut_off)
    columns = list(_columns(view, node, compact=width < COMPACT))
    if width >= COURSE_WIDTH and view.courses.differ:
        course = "".join(GLYPHS.bars[round(s * (len(GLYPHS.bars) - 1))] for s in view.courses.shares(node.id, _COURSE))
        columns.insert(0, (fit_right(course, _COURSE), "best" if node.id == tree.incumbent else "muted"))
    else:
        columns[0] = (columns[0][0].lstrip(), columns[0][1])  # what a figure leaves of its column is the name's
    right = sum(cell_len(text) for text, _ in columns)
    head = f"#{node.id} "
    used = 1 + len(lead) + 3 + len(head)
    name = one_line(full_name(node))
    if len(node.parents) > 1:
        name += " " + " ".join(f"{GLYPHS.merge}#{p}" for p in node.parents[1:])
    if node.by == "user":
        name = f"{GLYPHS.user} {name}"
    if sign == GLYPHS.best and node.id == handed_in(tree):
        name = f"{GLYPHS.handed_in} {name}"
    marked = node.id in view.marked
    room = width - used - right - 1
    return (
        (GLYPHS.cursor if is_cursor else " ", "accent"),
        (lead, "faint"),
        (GLYPHS.marked if marked else " ", "accent"),
        (f"{sign} ", style),
        (head, "accent" if marked else "muted"),
        *_named(name, room, _name_style(view, node), _behind(view, node, width, folded=parent_of_some)),
        *columns,
    )


def _behind(view: SolutionTreeView, node: Node, width: int, *, folded: bool) -> str:
    """Return what stands behind a node's name and is never cut: what is hidden below it, its mark, its candidates."""
    text = ""
    if folded and node.id in view.rows.folded:
        text = _hidden(view, node, width)
    if mark := branch_mark(node, view.solutions):
        text += f"{GLYPHS.mark} {mark} "
    if node.candidates and not view.rows.shows_candidates(node.id):
        count = count_words(node) if width >= COMPACT + 12 else str(len(node.candidates))
        text += f"{GLYPHS.candidate} {count} "
    return text


def _hidden(view: SolutionTreeView, node: Node, width: int) -> str:
    """Return what a folded node hides: how many nodes, and where there is room their outcomes and the best of them."""
    hidden = view.rows.sums.get(node.id)
    if hidden is None or width < COMPACT:
        return f"({hidden.nodes if hidden else len(view.rows.children(view.solutions, node))}) "
    parts = [f"{hidden.nodes}:"]
    parts += [f"{hidden.good}{GLYPHS.valid}"] if hidden.good else []
    parts += [f"{hidden.buggy}{GLYPHS.buggy}"] if hidden.buggy else []
    parts += [f"{hidden.live}{GLYPHS.live}"] if hidden.live and not view.cut_off else []
    own = node.score.value if node.valid and node.score is not None else None
    if hidden.best is not None and hidden.best != own:
        parts.append(f"best {number(hidden.best)}")
    return f"({' '.join(parts).rstrip(':')}) "


def _name_style(view: SolutionTreeView, node: Node) -> str:
    if node.id in view.matches:
        return "match"
    if node.pruned or (view.rows.hits is not None and node.id not in view.rows.hits):
        return "faint"
    return "muted" if node.buggy or node.cut_short else ""


def _named(name: str, room: int, style: str, behind: str) -> Sequence[Span]:
    """Return the name and what stands behind it, which is never cut."""
    if not behind:
        return ((fit(name, room) + " ", style),)
    shown = min(cell_len(name), max(0, room - len(behind)))
    return ((fit(name, shown) + " ", style), (fit(behind, room - shown), "muted"))


def _columns(view: SolutionTreeView, node: Node, *, compact: bool) -> Sequence[Span]:
    tree = view.solutions
    delta_width = 0 if compact else _DELTA
    if node.verdict is None:
        room = 12 if compact else _METRIC + _DELTA
        if not view.cut_off and (wait := wait_of(view.waits, node.phase, view.running.get(node.id))) is not None:
            return ((fit_right(wait.fitting(room), room), "warn"),)
        style = "muted" if view.cut_off or node.phase == "queued" else "live"
        return ((fit_right(_live(view, node, compact=compact), room), style),)
    if node.score is None or node.verdict != "valid":
        word = VERDICT_WORDS[node.verdict]
        style = "muted" if node.cut_short else "warn" if node.verdict == "suspect" else "bad"
        return ((fit_right(word, _METRIC) + " " * delta_width, style),)
    value = (fit_right(number(node.score.value), _METRIC), "best" if node.id == tree.incumbent else "")
    if compact:
        return (value,)
    parent = tree.nodes[node.parents[0]] if node.parents else None
    if parent is None or parent.score is None:
        return (value, (" " * _DELTA, ""))
    change = node.score.value - parent.score.value
    better = tree.better(node.score.value, parent.score.value)
    return (value, (fit_right(signed(change), _DELTA), "good" if better else "muted"))


def _live(view: SolutionTreeView, node: Node, *, compact: bool) -> str:
    if view.cut_off:
        return "cut off"
    now = view.running.get(node.id)
    phase = now.phase if now else node.phase
    seconds = now.seconds if now else max(0.0, view.now - node.phase_since)
    if now and now.tokens_per_second >= 0.5 and phase in ("thinking", "writing"):
        rate = f"{now.tokens_per_second:.0f} t/s"
        return f"{_SHORT[phase]} {rate.replace(' ', '')}" if compact else f"{phase} {rate:>8}"
    if phase == "queued":
        return "queued"
    return f"{_SHORT[phase]} {duration(seconds)}" if compact else f"{phase} {duration(seconds):>6}"
