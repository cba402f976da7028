"""The row of a candidate in the tree: dimmer than a node's, with what became of it and why."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.tree.node import Node
from tui_aide.tui.candidates import at_work, figure, title_of, why
from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, fit_right, one_line

_FIGURE = 10
_TITLE = 12
_WHY = 16


def candidate_row(
    node: Node, number: int, lead: str, width: int, *, is_cursor: bool, cut_off: bool, delta: int
) -> Sequence[Span]:
    """Return a candidate's row.

    Args:
        node: whose candidate.
        number: which.
        lead: the lines that join the node to its ancestors and children.
        width: cells of the row.
        is_cursor: whether the cursor is on it.
        cut_off: whether nothing runs any more.
        delta: cells to leave behind the figure, where nodes show what they gained.
    """
    candidate = node.candidates.get(number)
    if candidate is None:  # its node started over
        return ()
    works = at_work(node, candidate) and not cut_off and candidate.phase != "queued"
    strong = candidate.chosen
    title, reason = title_of(candidate), why(node, candidate)
    if reason and title == one_line(node.title):
        title = ""  # it says nothing that the node's own row does not
    figures = fit_right(figure(node, candidate, cut_off=cut_off), _FIGURE).lstrip()
    if works and delta:
        delta -= 1  # below the phase of its node, which has its seconds there
    head = f"{number} "
    room = width - 1 - len(lead) - 3 - len(head) - len(figures) - delta - 1
    sign = GLYPHS.chosen if candidate.chosen else GLYPHS.candidate
    return (
        (GLYPHS.cursor if is_cursor else " ", "accent"),
        (lead, "faint"),
        (f" {sign} ", "live" if works else "good" if strong else "muted"),
        (head, "muted" if strong else "faint"),
        *_words(title, reason, room, "" if strong else "muted"),
        (" " + figures, "live" if works else "" if strong else "muted"),
        (" " * delta, ""),
    )


def _words(title: str, reason: str, room: int, style: str) -> Sequence[Span]:
    """Put the title and the reason side by side; where there is room for one, the reason matters more."""
    if not reason or not title:
        return ((fit(title or reason, room), style if title else "muted"),)
    if room < _TITLE + _WHY + 3:
        return ((fit(reason, room), "muted"),)
    shown = min(len(title), max(_TITLE, room - 3 - len(reason), room * 2 // 5))
    return ((fit(title, shown), style), (f" {GLYPHS.dot} " + fit(reason, room - shown - 3), "muted"))
