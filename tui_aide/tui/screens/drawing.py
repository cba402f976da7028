"""What the search screen draws from figures: its lines, its panels and which node each small pane follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui_aide.tree.node import Node
from tui_aide.tui.boards import run_rows, status_row
from tui_aide.tui.consumption import running_words
from tui_aide.tui.curve import curve_rows
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.facts import facts_rows
from tui_aide.tui.figures import node_name
from tui_aide.tui.gauges import gauge_row
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


class Drawing:
    """Draws one search screen's figures; what did not change since the last time is not made again."""

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen
        self._drawn: dict[str, object] = {}
        self._live: list[Node] = []

    def forget(self) -> None:
        """Make everything anew the next time: the size or the view changed."""
        self._drawn.clear()

    def boards(self) -> None:
        """Draw the lines and panels that are made of figures."""
        feed, tree = self._screen.feed, self._screen.feed.tree
        moment = feed.moment()
        width = self._screen.size.width
        gauges = gauge_row(moment, width) if self._screen.wide and self._screen.size.height >= 22 else ()
        self._screen.set_class(bool(gauges), "with-gauges")
        self._screen.query_one("#gauges", Board).show([gauges])
        self._screen.query_one("#status", Board).show([status_row(tree, moment, width, gauges=bool(gauges))])
        facts, run, curve = (self._screen.query_one(f"#{name}", Board) for name in ("facts", "run", "curve"))
        self._views()
        if facts.display:
            facts.show(facts_rows(tree, self._screen.tree_view.node, moment, facts.size.width))
        if run.display:
            run.show(run_rows(tree, moment, run.size.width))
        made = tree.finished_count // max(1, tree.finished_count // 100)  # a hundredth more nodes moves no dot far
        if curve.display and self._drawn.get("curve") != (key := (len(tree.curve), made, curve.size)):
            self._drawn["curve"] = key
            curve.show(curve_rows(tree, curve.size.width, curve.size.height))
        self._events(width)
        footer = {"search.pause": "Go on" if tree.paused else "Pause"}
        if not feed.live:
            footer = {"search.pause": "", "search.branch": "", "search.edit": ""}
        else:
            footer["search.resume"] = ""
        self._screen.query_one(KeyFooter).label(footer)
        self._screen.query_one("#small", Board).show(
            [
                [(" The terminal is too small: tui_aide needs 60 x 16 cells.", "warn")],
                [(" q leaves; the search goes on.", "muted")],
            ]
        )

    def _views(self) -> None:
        node, candidate = self._screen.tree_view.node, self._screen.tree_view.candidate
        note = ""
        if node is not None and self._screen.view == "node":
            which = "" if candidate is None else f"candidate {candidate}: "
            now = None if node.done else self._screen.feed.running().get(node.id)
            what = "  ".join(running_words(now)[:4]) if now is not None and now.scripts else one_line(node_name(node))
            note = f"#{node.id} {which}{what}"
        self._screen.query_one("#views", TabLine).set_tabs(
            VIEWS, self._screen.view, numbers=False, note=note, hint="tab switches"
        )

    def _events(self, width: int) -> None:
        feed = self._screen.feed
        spans: list[Span] = []
        used = 0
        if feed.error:
            spans.append((fit(f" {one_line(feed.error)}", width), "bad"))
            used = width
        elif not feed.live:
            reason = one_line(feed.tree.status_reason)
            text = {
                "interrupted": "The runner ended without a word; nothing that was finished is lost.",
                "new": "The search has not begun.",
            }.get(feed.status, f"The search is {feed.status}" + (f": {reason}." if reason else "."))
            command = f"tui-aide resume {self._screen.folder.id}"
            lead = " R resumes it, or: " if cell_len(command) + 20 <= width else " "
            text = f"{lead}{command}  {text}  "
            used = min(cell_len(text), width)
            spans.append((fit(text, used), "bad" if feed.status in ("interrupted", "failed") else "warn"))
        for item in reversed(feed.happenings):
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
        if log.display and self._drawn.get("log") != (key := (len(feed.happenings), feed.tree.version)):
            self._drawn["log"] = key
            lines = [[(f"{h.clock} ", "faint"), (f"{h.sign} ", h.style), (h.words, h.style)] for h in feed.happenings]
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
                pane.border_title = "Live"
                pane.border_subtitle = ""
                pane.empty = "Nothing runs now." if not self._screen.feed.live else "Waiting for the next node ..."
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
