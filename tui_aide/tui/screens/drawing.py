"""What the search screen draws from figures: its lines, its panels and which node each small pane follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_aide.errors import TuiAideError
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.actions import key_for
from tui_aide.tui.boards import Row, run_rows, status_row
from tui_aide.tui.consumption import running_words
from tui_aide.tui.curve import curve_rows, in_reach
from tui_aide.tui.curve_axis import AXES, Axis, Reference, references
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.facts import facts_rows
from tui_aide.tui.figures import node_name
from tui_aide.tui.gauges import gauge_row
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.waits import Wait, wait_of
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.key_footer import KeyFooter
from tui_aide.tui.widgets.live_pane import LivePane
from tui_aide.tui.widgets.node_panel import TabLine
from tui_aide.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen

VIEWS = ("tree", "node", "live", "curve", "log")
LIVE_PANES = 3
CURVE_TITLES: dict[Axis, str] = {
    "nodes": "Best so far",
    "time": "Best so far, by time",
    "tokens": "Best so far, by tokens",
}
LINES_TITLE = "lines: scores on test rows"
"""The curve itself is of the rows that the search hides."""


class Drawing:
    """Draws one search screen's figures; what did not change since the last time is not made again."""

    leaving = "; the search goes on."

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen
        self._drawn: dict[str, object] = {}
        self._live: list[Node] = []
        self._axis: Axis = "nodes"
        self._references: tuple[Reference, ...] | None = None
        self._lines = False

    def forget(self) -> None:
        """Make everything anew the next time: the size or the view changed."""
        self._drawn.clear()

    def boards(self) -> None:
        """Draw the lines and panels that are made of figures."""
        feed, tree = self._screen.feed, self._screen.feed.tree
        moment = feed.moment()
        width = self._screen.size.width
        gauges = self.gauges(moment, width)
        self._screen.set_class(bool(gauges), "with-gauges")
        self._screen.query_one("#gauges", Board).show([gauges])
        self._screen.query_one("#status", Board).show([self.status(moment, width, gauges=bool(gauges))])
        facts, run, curve = (self._screen.query_one(f"#{name}", Board) for name in ("facts", "run", "curve"))
        self._views()
        if facts.display:
            facts.show(facts_rows(tree, self._screen.tree_view.node, moment, facts.size.width))
        if run.display:
            run.show(run_rows(tree, moment, run.size.width))
        made = tree.finished_count // max(1, tree.finished_count // 100)  # a hundredth more nodes moves no dot far
        seen = curve.display and curve.size.width > 0  # nor is it where what holds it is hidden
        if seen and self._drawn.get("curve") != (key := (len(tree.curve), made, curve.size, self._axis)):
            self._drawn["curve"] = key
            known = self._known(tree)
            curve.show(curve_rows(tree, curve.size.width, curve.size.height, self._axis, known))
            self._lines = in_reach(tree, self._axis, known)
            curve.border_subtitle = self._curve_hint()
        self._screen.looking.title()
        self._events(width)
        self._screen.query_one(KeyFooter).label(self.footer_labels())
        self._screen.query_one("#small", Board).show(
            [
                [(" Terminal too small: at least 60 x 16.", "warn")],
                [(f" {key_for('screen.close')} leaves{self.leaving}", "muted")],
            ]
        )

    def next_axis(self) -> None:
        """Draw the curve over something else: nodes, time or tokens."""
        self.put_axis(AXES[(AXES.index(self._axis) + 1) % len(AXES)])
        self._screen.memory.put("curve", self._axis)
        self.boards()

    def put_axis(self, axis: Axis) -> None:
        """Draw the curve over that the next time."""
        self._axis = axis
        board = self._screen.query_one("#curve")
        board.border_title = CURVE_TITLES[axis]
        board.border_subtitle = self._curve_hint()

    def _curve_hint(self) -> str:
        """Return what stands below the curve: what its lines are, and what its key draws it by next."""
        following = AXES[(AXES.index(self._axis) + 1) % len(AXES)]
        return f"{LINES_TITLE}   " * bool(self._lines) + f"{key_for('tree.axis')} by {following}"

    def _known(self, tree: SolutionTree) -> tuple[Reference, ...]:
        """Return the scores that are known of the task, looked up once."""
        if self._references is None and tree.started is not None:
            try:
                source = self._screen.folder.config().task.source
            except TuiAideError:
                source = ""
            self._references = references(source, tree.started.metric, tree.started.direction)
        return self._references or ()

    def gauges(self, moment: Moment, width: int) -> Row:
        """Return what stands in the line of gauges; empty where it is not to be seen.

        A small screen has its room for the tree and the node; there it stands with what runs and the curve.
        """
        shown = self._screen.wide or self._screen.view in ("live", "curve")
        return gauge_row(moment, width) if shown and self._screen.size.height >= 22 else ()

    def status(self, moment: Moment, width: int, *, gauges: bool) -> Row:
        """Return the top line; `gauges` tells whether the line of gauges is in view."""
        return status_row(self._screen.feed.tree, moment, width, gauges=gauges)

    def footer_labels(self) -> dict[str, str]:
        """Return the labels of keys that depend on what can be done now, by their actions' ids; "" hides one."""
        if not self._screen.feed.live:
            return {"search.pause": "", "search.branch": "", "search.edit": ""}
        return {"search.pause": "Go on" if self._screen.feed.tree.paused else "Pause", "search.resume": ""}

    def take_tree(self) -> None:
        """Show another tree of the same session, that of the feed, at the same node where it has it."""
        screen = self._screen
        screen.tree_view.take(screen.feed.tree)
        screen.node_panel.take(screen.feed.tree, screen.feed.chronicle)
        for index in range(LIVE_PANES):
            screen.query_one(f"#live-{index}", LivePane).take(screen.feed.tree)
        self._live.clear()
        self.forget()

    def _views(self) -> None:
        node, candidate = self._screen.tree_view.node, self._screen.tree_view.candidate
        note = ""
        if node is not None and self._screen.view == "node":
            which = "" if candidate is None else f"candidate {candidate}: "
            now = None if node.done else self._screen.feed.running().get(node.id)
            what = "  ".join(running_words(now)[:4]) if now is not None and now.scripts else one_line(node_name(node))
            note = f"#{node.id} {which}{what}"
        elif self._screen.view == "curve":
            note = CURVE_TITLES[self._axis]
            if self._lines:  # short, for 80 columns
                note = f"{note.removeprefix('Best so far, ')}  lines: test rows"
        elif self._screen.view == "tree":
            note = "  ".join(self._screen.looking.words())
        self._screen.query_one("#views", TabLine).set_tabs(
            VIEWS, self._screen.view, numbers=False, note=note, hint="tab switches"
        )

    def _events(self, width: int) -> None:
        feed = self._screen.feed
        spans: list[Span] = []
        used = 0
        if feed.error:  # without the session's folder: what is wrong comes before the line ends
            spans.append((fit(f" {one_line(feed.error.removeprefix(f'{feed.folder.path}/'))}", width), "bad"))
            used = width
        elif (standing := feed.standing(width)) is not None:
            text, style = standing
            used = min(cell_len(text), width)
            spans.append((fit(text, used), style))
        happenings = feed.chronicle.happenings
        for item in reversed(happenings):
            if not item.notable or (not feed.live and item.words.startswith("search ")):
                continue
            text = f"{item.clock} {item.sign} {item.words}"
            room = width - used - 2
            if room < 24:
                break
            text = fit(text, min(len(text), room, 110))
            spans += [(f" {text[:8]} ", "faint"), (text[9:] + "  ", item.style)]
            used += len(text) + 3
        self._screen.query_one("#events", Board).show([spans])
        log = self._screen.query_one("#log", TextPane)
        if log.display and self._drawn.get("log") != (key := (len(happenings), feed.tree.version)):
            self._drawn["log"] = key
            lines = [[(f"{h.clock} ", "faint"), (f"{h.sign} ", h.style), (h.words, h.style)] for h in happenings]
            log.empty = "Nothing has happened yet."
            log.show(Paragraphs(lines, follow=True), keep=bool(len(log.document)) and not log.follow)

    def live_panes(self, waits: Mapping[str, Wait]) -> None:
        """Give the small panes their nodes, and draw what is new in them; `waits` are told in their place."""
        running = self._screen.feed.running()
        nodes = self._live_nodes()
        self._screen.set_class(not nodes, "idle")
        self._screen.set_class(not nodes and not self._screen.feed.live, "at-rest")
        for index in range(LIVE_PANES):
            pane = self._screen.query_one(f"#live-{index}", LivePane)
            node = nodes[index] if index < len(nodes) else None
            if node is None and index == 0:
                pane.stand_by("Nothing runs now." if not self._screen.feed.live else "Waiting for the next node ...")
            pane.set_class(node is None and (index > 0 or not self._screen.feed.live), "unused")
            if pane.display:
                now = running.get(node.id) if node else None
                pane.pump(node, now, wait_of(waits, node.phase, now) if node else None)

    def _live_nodes(self) -> list[Node]:
        """Return the live nodes for the small panes: a pane keeps its node, what runs goes before what waits."""
        live = {} if self._screen.cut_off else self._screen.feed.tree.running
        order = {"executing": 0, "scoring": 0, "thinking": 1, "writing": 1, "waiting": 2, "queued": 3}
        kept = [n for n in self._live if n.id in live and n.phase != "queued"]
        others = [n for n in live.values() if n not in kept]
        others.sort(key=lambda n: (order.get(n.phase, 4), n.id))
        self._live = (kept + others)[:LIVE_PANES]
        return self._live
