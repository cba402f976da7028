"""A small pane that shows what one live node does now: the end of its reasoning, or of its output."""

from __future__ import annotations

from textual.content import Content

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.commands import RunningNode
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.candidates import lead
from tui_aide.tui.consumption import running_words
from tui_aide.tui.figures import count, duration, size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.node_documents import NodeDocument, empty_text
from tui_aide.tui.node_tabs import Tab
from tui_aide.tui.waits import Wait
from tui_aide.tui.widgets.text_pane import TextPane


class LivePane(TextPane):
    """Follows one live node; the screen decides which, and how often."""

    DEFAULT_CSS = "LivePane { height: 1fr; }"

    def __init__(self, folder: SessionFolder, tree: SolutionTree, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._folder = folder
        self._tree = tree
        self.node: Node | None = None
        self.candidate: int | None = None
        self._source: NodeDocument | None = None
        self._titles: tuple[str, ...] = ()

    def take(self, tree: SolutionTree) -> None:
        """Follow another tree of the same session; the next `pump` tells the node."""
        self._tree = tree
        self.node = self._source = None

    def pump(self, node: Node | None, now: RunningNode | None, wait: Wait | None = None) -> None:
        """Show the newest of a node; None leaves the pane as it is.

        Args:
            node: which.
            now: what it does.
            wait: what it waits for outside of it.
        """
        if node is None:
            self.node = self._source = None
            return
        candidate = lead(node, self.candidate if node is self.node else None)
        tab: Tab = "output" if node.phase in ("executing", "scoring", "done") else "reasoning"
        same = node is self.node and candidate == self.candidate
        if not same or self._source is None or self._source.tab != tab or self._source.moved:
            self.node, self.candidate = node, candidate
            self._source = NodeDocument(self._folder, self._tree, node, tab, candidate, small=True)
            self.show(self._source.document)
        else:
            shown = self._source.document
            if self._source.poll():
                if self._source.document is shown:
                    self.grown()
                else:
                    self.show(self._source.document)
        if (empty := empty_text(tab, node, candidate, wait=wait)) != self.empty:
            self.empty = empty
            self.refresh()
        self._title(node, now, wait)

    def stand_by(self, words: str) -> None:
        """Say why there is no node to follow; what is shown of the last one stays."""
        self._entitle("Live", "")
        if words != self.empty:
            self.empty = words
            self.refresh()

    def _title(self, node: Node, now: RunningNode | None, wait: Wait | None) -> None:
        facts: list[str] = []
        if now is not None and now.tokens_per_second >= 0.5:
            facts.append(f"{now.tokens_per_second:.0f} t/s")
        if now is not None and now.phase == "thinking" and now.reasoning and now.thinking_budget:
            facts.append(f"{count(now.reasoning)}/{count(now.thinking_budget)} tok")
        elif now is not None and now.tokens:
            facts.append(f"{count(now.tokens)} tok")
        if now is not None and now.scripts:
            facts = running_words(now)
        elif now is not None:
            facts += [size(now.memory)] if now.memory else []
            facts.append(duration(now.seconds))
        phase = now.phase if now else node.phase
        name = f"#{node.id}"
        if self.candidate is not None:
            whole = f"{name} candidate {self.candidate}"
            fits = len(whole) + len(phase) + 5 <= self.size.width
            name = whole if fits else f"{name} {GLYPHS.candidate} {self.candidate}"
        room = self.size.width - len(name) - 4
        doing = wait.fitting(room) if wait is not None else phase
        while len(facts) > 1 and len("  ".join(facts)) > self.size.width - 3:
            facts.pop()
        self._entitle(f"{name} {doing}", "  ".join(facts))

    def _entitle(self, *titles: str) -> None:
        if titles != self._titles:
            self._titles = titles
            self.border_title, self.border_subtitle = map(Content, titles)
