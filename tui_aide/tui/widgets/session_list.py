"""The list of sessions: a cursor over rows, of which only the visible ones are drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui_aide.tui.documents import Span
from tui_aide.tui.figures import ago, number
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, fit_right, one_line
from tui_aide.tui.session_cards import Card
from tui_aide.tui.widgets.lines import ScrollingLines

_STATE = {
    "running": ("live", "live"),
    "paused": ("queued", "warn"),
    "finished": ("valid", "good"),
    "stopped": ("cancelled", "muted"),
    "failed": ("buggy", "bad"),
    "interrupted": ("warning", "bad"),
}
"""Sign, by its name in the table of glyphs, and style."""


class SessionList(ScrollingLines):
    """Shows `Card`s; the cursor stays on its session when the list is read again."""

    class Opened(Message):
        """A session was clicked twice."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cards: list[Card] = []
        self.filtered = False
        self.loaded = False
        self.cursor = 0
        self._place = ""

    @property
    def card(self) -> Card | None:
        """The session under the cursor."""
        return self.cards[self.cursor] if self.cards else None

    def show(self, cards: list[Card], place: str, *, filtered: bool = False) -> None:
        """Take over a list that was read; `filtered` says that there may be more."""
        self.filtered = filtered
        here = self.card.folder.path if self.card else None
        self.cards, self._place, self.loaded = cards, place, True
        self.cursor = next((i for i, c in enumerate(cards) if c.folder.path == here), 0)
        self.refresh()

    def row_count(self) -> int:
        """Return the number of sessions, and one row of headings."""
        return len(self.cards)

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        if not self.cards:
            return
        self.cursor = max(0, min(len(self.cards) - 1, self.cursor + rows))
        height, first = max(1, self.size.height - 1), self.first
        if self.cursor < first:
            self.top = self.cursor
        elif self.cursor >= first + height:
            self.top = self.cursor - height + 1
        self.refresh()

    @property
    def first(self) -> int:
        """The session that is drawn first; the headings take a row."""
        return max(0, min(self.top, self.row_count() - self.size.height + 1))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked session; a second click opens it."""
        index = self.first + event.y - (self.content_region.y - self.region.y) - 1
        if 0 <= index < len(self.cards):
            self.cursor = index
            self.refresh()
            if event.chain == 2:
                self.post_message(self.Opened())

    def row_style(self, y: int) -> str:
        """Return the cursor's style for its row."""
        if y and self.cards and self.first + y - 1 == self.cursor:
            return "cursor" if self.has_focus else "weak-cursor"
        return ""

    def line(self, y: int) -> Sequence[Span]:
        """Return the headings, a session, or what to do where there is none."""
        if not self.cards:
            return self._empty(y)
        if y == 0:
            return (
                (self._columns("", "session", "task", "model", "metric", "best", "nodes", "state", "changed"), "muted"),
            )
        index = self.first + y - 1
        return self._session(self.cards[index]) if index < len(self.cards) else ()

    def _session(self, card: Card) -> Sequence[Span]:
        meaning, style = _STATE.get(card.state, ("", "muted"))
        sign = getattr(GLYPHS, meaning) if meaning else " "
        best = f"{GLYPHS.best} {number(card.best)}" if card.best is not None else ""
        nodes = "" if card.nodes is None else str(card.nodes)
        if card.problem:
            return self._unknown(card, sign, style)
        text = self._columns(
            sign, one_line(card.folder.id), one_line(card.task),
            one_line(card.model), one_line(card.metric),
            best, nodes, one_line(card.state), ago(time.time() - card.touched),
        )  # fmt: skip
        return ((text[:2], style), (text[2:], ""))

    def _unknown(self, card: Card, sign: str, style: str) -> Sequence[Span]:
        """Return a session of which only the name, the state and the age are known; why, in place of the rest."""
        name_width, _, _, _ = self._widths()
        name = fit(fit(one_line(card.folder.id), name_width - 1), name_width)
        room = max(12, self.size.width - name_width - 28)
        last = "  " + fit(one_line(card.state), 12) + fit(ago(time.time() - card.touched), 12)
        return ((fit(sign, 2), style), (name, ""), (fit(card.problem, room), "warn"), (last, ""))

    def _widths(self) -> tuple[int, int, int, int]:
        """Return the cells of a name, a task, a model and a metric."""
        width = self.size.width
        fixed = 2 + 12 + 7 + 2 + 12 + 12
        metric_width = 16 if width >= 100 else 0
        model_width = min(36, (width - fixed - metric_width) // 3) if width >= 140 else 0
        rest = max(20, width - fixed - metric_width - model_width)
        name_width = rest * 3 // 5
        return name_width, rest - name_width, model_width, metric_width

    def _columns(
        self, sign: str, name: str, task: str, model: str, metric: str, best: str, nodes: str, state: str, age: str
    ) -> str:
        name_width, task_width, model_width, metric_width = self._widths()
        return (
            fit(sign, 2)
            + fit(fit(name, name_width - 1), name_width)
            + fit(fit(task, task_width - 1), task_width)
            + fit(fit(model, max(0, model_width - 1)), model_width)
            + fit(fit(metric, max(0, metric_width - 1)), metric_width)
            + fit_right(best, 12)
            + fit_right(nodes, 7)
            + "  "
            + fit(state, 12)
            + fit(age, 12)
        )

    def _empty(self, y: int) -> Sequence[Span]:
        if not self.loaded:
            return (("Reading the sessions ...", "muted"),) if y == 1 else ()
        if self.filtered:
            return (("No session has these words; esc shows all.", "muted"),) if y == 1 else ()
        rows: list[Sequence[Span]] = [
            (("No session yet.", "strong"),),
            (),
            (("N", "key"), ("            search your own folder", "")),
            (("tab, enter", "key"), ("   search a bundled task, listed below", "")),
            (),
            (("A bundled task needs no data, and the built-in proposer no model server.", "muted"),),
            (("Without a screen:  ", "muted"), ("tui-aide run digits --model builtin", "strong")),
            ((f"Sessions are kept in {one_line(self._place)}", "muted"),),
        ]  # fmt: skip
        return rows[y - 1] if 1 <= y <= len(rows) else ()
