"""The panel of the node under the cursor: a line of tabs and the chosen tab's text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.node import Candidate, Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.candidates import at_work, compared, figure, lead, title_of
from tui_aide.tui.chronicle import Chronicle
from tui_aide.tui.difference import Difference
from tui_aide.tui.documents import Paragraphs, Span
from tui_aide.tui.figures import VERDICT_WORDS, full_name, node_glyph, number
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.node_documents import NodeDocument, empty_text
from tui_aide.tui.node_tabs import TABS, Tab
from tui_aide.tui.output_text import line_counts
from tui_aide.tui.plain_text import fit, one_line
from tui_aide.tui.waits import Wait
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.text_pane import TextPane

_PHASE_TAB: dict[str, Tab] = {
    "queued": "plan",
    "thinking": "reasoning",
    "writing": "reasoning",
    "waiting": "code",
    "executing": "output",
    "scoring": "output",
}


_OF_NODE = ("plan", "score", "work", "history")
"""Tabs that tell of a node as a whole, not of the candidate that it is shown by."""


_WIDE = 70
"""From this width on, the title tells a node's ancestors."""
_CRUMBS = 3
"""So many of them."""


class TabLine(Board):
    """The names of tabs with their keys; a click chooses one."""

    DEFAULT_CSS = "TabLine { height: 1; }"

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, name: str, bar: str) -> None:
            super().__init__()
            self.name = name
            self.bar = bar

    def set_tabs(
        self,
        names: Sequence[str],
        chosen: str,
        marked: str = "",
        *,
        numbers: bool = True,
        note: str = "",
        hint: str = "",
    ) -> None:
        """Show tabs.

        Args:
            names: the tabs, in order.
            chosen: the one in view.
            marked: one where something moves, shown with a dot.
            numbers: whether the tabs' numbers are shown as their keys.
            note: what to say behind them.
            hint: how to switch between them.
        """
        spans: list[Span] = []
        self._spots: list[tuple[int, int, str]] = []
        at = 0
        labels = [f" {f'{i} ' if numbers else ''}{n.title()}{' ' + GLYPHS.live if n == marked else ''} "
                  for i, n in enumerate(names, 1)]  # fmt: skip
        lacking = sum(map(cell_len, labels)) - self.size.width if self.size.width else 0
        if numbers and lacking > 0:  # closer together first
            labels = [label if name == chosen else label[:-1] for label, name in zip(labels, names, strict=True)]
            lacking -= len(names) - 1
        for index in reversed(range(len(names))):
            if numbers and lacking > 0 and names[index] not in (chosen, marked):  # its key is enough to know it by
                lacking -= cell_len(labels[index]) - 2
                labels[index] = f" {index + 1}"
        for label, name in zip(labels, names, strict=True):
            spans.append((label, "cursor" if name == chosen else "muted"))
            self._spots.append((at, at + cell_len(label), name))
            at += cell_len(label)
        room = (self.size.width or 80) - at
        if hint and room > cell_len(hint) + (cell_len(note) + 3 if note else 0):
            spans.append((f" {hint}", "faint"))
            room -= cell_len(hint) + 1
        if note:
            spans += [("  ", ""), (fit(note, min(cell_len(note), room - 3)), "strong")]
        self.show([spans])

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked tab."""
        for start, stop, name in self._spots:
            if start <= event.x - 1 < stop:
                self.post_message(self.Chosen(name, self.id or ""))


class NodePanel(Vertical):
    """Shows one node, or one of its candidates. While it lives the tab follows its phase, until the user chooses one.

    A node in the making that has several candidates is shown by the one that is furthest.
    """

    DEFAULT_CSS = """
    NodePanel { height: 1fr; }
    """

    def __init__(
        self,
        folder: SessionFolder,
        tree: SolutionTree,
        chronicle: Chronicle,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._chronicle = chronicle
        self._folder = folder
        self._tree = tree
        self.node: Node | None = None
        self.candidate: int | None = None
        self._lead: int | None = None
        self.tab: Tab = "plan"
        self.chosen: Tab | None = None
        self.base: int | None = None
        self.source: NodeDocument | None = None
        self.cut_off = False
        self._split: bool | None = None
        self.wait: Wait | None = None

    def compose(self) -> ComposeResult:
        """Make the tabs and the pane."""
        yield TabLine(id="node-tabs")
        yield TextPane(id="node-text")

    @property
    def pane(self) -> TextPane:
        """The text's pane."""
        return self.query_one("#node-text", TextPane)

    def take(self, tree: SolutionTree, chronicle: Chronicle) -> None:
        """Show another tree of the same session: the same node, or nothing where it has none of this number."""
        self._tree, self._chronicle = tree, chronicle
        self.source = None
        self.base = self.base if self.base in tree.nodes else None
        self.node = tree.nodes.get(self.node.id) if self.node is not None else None
        if self.node is None:
            self.candidate = self._lead = None
            self.pane.empty = ""
            self.pane.show(Paragraphs())
            self.set_titles("", "")

    def show(self, node: Node, candidate: int | None = None) -> None:
        """Show a node, or one of its candidates, on the tab that fits it."""
        if node is not self.node or candidate != self.candidate:
            self.node, self.candidate, self._lead = node, candidate, None
            self.source = None
        self.update()

    def choose(self, tab: Tab) -> None:
        """Show a tab, and stay on it for this and other nodes until its own key is pressed again."""
        self.chosen = None if self.chosen == tab else tab
        self.tab = tab
        self.source = None
        self.update()

    def set_base(self, base: int | None) -> None:
        """Compare scripts with another node's from now on; None for the parent's."""
        if base != self.base:
            self.base, self.source = base, None
            self.update()

    @property
    def split(self) -> bool | None:
        """Whether differences are shown side by side; None where that follows the width."""
        return self._split

    def toggle_split(self) -> None:
        """Show differences side by side, or line by line."""
        document = self.source.document if self.source is not None else None
        if isinstance(document, Difference):
            self.put_split(not document.beside)

    def put_split(self, split: bool | None) -> None:
        """Show differences side by side, or line by line, from now on; None for as the width allows."""
        if split == self._split:
            return
        self._split = split
        document = self.source.document if self.source is not None else None
        if isinstance(document, Difference):
            self._lay_out()
            self.pane.show(document)

    def keep_to(self, tab: Tab | None) -> None:
        """Stay on a tab, as if its key had been pressed; None follows what the node does."""
        if tab != self.chosen:
            self.chosen = tab
            self.update()

    def _lay_out(self) -> None:
        if self.source is not None and isinstance(document := self.source.document, Difference):
            document.split = self._split

    def update(self, *, deep: bool = True) -> None:
        """Bring the tab up to date.

        Args:
            deep: look at files that are written whole, too.
        """
        node = self.node
        if node is None:
            self.query_one(TabLine).set_tabs(TABS, self.tab)
            return
        one = node.candidates.get(self.candidate) if self.candidate is not None else None
        phase = node.phase if one is None else one.phase
        moves = not node.done if one is None else at_work(node, one)
        follows: Tab = (
            "work" if one is None and compared(node) else _PHASE_TAB[phase] if moves else self._done_tab(node)
        )
        tab = self.chosen or follows
        self._lead = lead(node, self._lead) if tab not in _OF_NODE else None
        shown_by = self._lead if self.candidate is None else self.candidate
        source = self.source
        if source is None or tab != source.tab or shown_by != source.candidate or (deep and source.moved):
            self.tab = tab
            self.source = NodeDocument(
                self._folder,
                self._tree,
                node,
                tab,
                shown_by,
                rejected=self._chronicle.rejected,
                asked=self._chronicle.asked,
                touched=self._chronicle.touched,
                base=self.base if self.base != node.id else None,
                cut_off=self.cut_off,
            )
            self.pane.empty = empty_text(tab, node, shown_by, cut_off=self.cut_off, wait=self.wait)
            self._lay_out()
            self.pane.show(self.source.document)
        else:
            shown = source.document
            source.cut_off = self.cut_off
            if source.poll(deep=deep):
                if source.document is shown:
                    self.pane.grown()
                else:
                    self._lay_out()
                    source.document.resize(self.pane.text_width)
                    self.pane.show(source.document, keep=True)
            if (empty := empty_text(tab, node, shown_by, cut_off=self.cut_off, wait=self.wait)) != self.pane.empty:
                self.pane.empty = empty
                self.pane.refresh()
        marked = _PHASE_TAB[phase] if moves and not self.cut_off and phase != "queued" else ""
        self.query_one(TabLine).set_tabs(TABS, self.tab, marked)
        self._title(node, one)

    def _done_tab(self, node: Node) -> Tab:
        if self.source is not None and self.source.node is node:
            return self.tab
        return "plan"

    def _title(self, node: Node, one: Candidate | None) -> None:
        sign, _ = node_glyph(node, self._tree, cut_off=self.cut_off)
        alive = "cut off" if self.cut_off else self.wait.words if self.wait else node.phase
        end = alive if not node.done else VERDICT_WORDS[node.verdict or "valid"]
        if node.score:
            end = number(node.score.value)
        if self.tab == "output" and self.source is not None and (counts := line_counts(self.source.document)):
            end = f"{counts}  {GLYPHS.dot}  {end}"
        name = f"#{node.id}"
        if one is not None:
            end = figure(node, one, cut_off=self.cut_off) if self.tab != "output" else end
            sign = GLYPHS.chosen if one.chosen else GLYPHS.candidate
            name += f" candidate {one.number}:"
        elif self._lead is not None:
            name += f" (candidate {self._lead})"
        crumbs = self._crumbs(node) if self.size.width >= _WIDE else ""
        title = f"{sign} {crumbs}{name} {title_of(one) if one is not None else one_line(full_name(node))}"
        room = max(8, self.size.width - len(end) - 12)
        self.set_titles(fit(title, room).rstrip(), end)

    def _crumbs(self, node: Node) -> str:
        """Return the way to a node: its newest ancestors, oldest first."""
        way: list[str] = []
        while node.parents and len(way) <= _CRUMBS:
            node = self._tree.nodes[node.parents[0]]
            way.append(f"#{node.id}" if len(way) < _CRUMBS else GLYPHS.ellipsis)
        return "".join(f"{step} {GLYPHS.closed} " for step in reversed(way))

    def set_titles(self, title: str, subtitle: str) -> None:
        """Set the border's texts, which are no markup."""
        from textual.content import Content

        if (title, subtitle) != getattr(self, "_titles", None):
            self._titles = (title, subtitle)
            self.border_title = Content(title)
            self.border_subtitle = Content(subtitle)
