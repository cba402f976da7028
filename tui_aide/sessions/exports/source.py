"""A session as exports read it: the folded tree, the events, and the nodes' files as far as they were kept."""

from __future__ import annotations

import os
from pathlib import Path

from tui_aide.code.terminal_text import clean, fold_output
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView
from tui_aide.tree.events import AnyEvent, SessionStarted
from tui_aide.tree.node import Node, Score
from tui_aide.tree.solution_tree import SolutionTree

NOT_KEPT = "not kept"
"""What exports say of a node's file that is missing or cannot be read."""

_MOST = 4 << 20


class Text:
    """Part of a text file: its `head`, its `tail`, and how many bytes between them were left out."""

    def __init__(self, head: str, tail: str = "", cut: int = 0) -> None:
        self.head, self.tail, self.cut = head, tail, cut

    def joined(self) -> str:
        """Return all of it, with a line that counts what was left out."""
        if not self.cut:
            return self.head
        return f"{self.head.rstrip()}\n[... {self.cut:,} bytes left out ...]\n{self.tail.lstrip()}"


class Source:
    """One session, read once.

    Attributes:
        folder: where it lies.
        tree: its folded journal.
        events: the journal.
        started: its first event.
        status: as `SessionView` tells it.
    """

    def __init__(self, folder: SessionFolder) -> None:
        """Read the journal.

        Raises:
            SessionError: it cannot be read, or the session was never started.
        """
        view = SessionView(folder)
        self.folder = folder
        self.events: list[AnyEvent] = view.refresh()
        self.tree: SolutionTree = view.tree
        self.status = view.status
        if view.tree.started is None:
            raise SessionError(f"session {folder.id} was never started; start it with: tui-aide resume {folder.id}")
        self.started: SessionStarted = view.tree.started

    def chosen(self, node: int | None = None) -> Node:
        """Return the node that was asked for, by default the best.

        Raises:
            UsageError: there is no such node.
            SessionError: there is no valid solution yet.
        """
        number = self.tree.selected if node is None else node
        if number is None:
            raise SessionError(f"session {self.folder.id} has no valid solution yet")
        if number not in self.tree.nodes:
            last = len(self.tree.nodes) - 1
            has = f"has nodes 0 to {last}" if last >= 0 else "has no node yet"
            raise UsageError(f"--node {number}: session {self.folder.id} {has}")
        return self.tree.nodes[number]

    def script(self, node: Node) -> str:
        """Return a node's script, of the best from `best/` where its own folder lost it.

        Raises:
            UsageError: it has none.
        """
        code = self.code(node)
        if code is None and node.id == self.tree.selected:
            code = _read(self.folder.best / "solution.py")
        if code is None:
            raise UsageError(f"--node {node.id}: it has no script ({node.verdict or 'it was cut off'})")
        return code

    def code(self, node: Node) -> str | None:
        """Return a node's script, None where there is none or it was not kept."""
        return _read(self.folder.node(node.id) / "solution.py")

    def plan(self, node: Node) -> str:
        """Return a node's plan, from its file or else from the journal; empty where there is none."""
        return clean(_read(self.folder.node(node.id) / "plan.md") or node.plan).strip()

    def output(self, node: Node, head: int, tail: int) -> Text | None:
        """Return what a node's script printed: so many bytes of its start and of its end; None where none was kept."""
        try:
            with (self.folder.node(node.id) / "output.log").open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size <= head + tail:
                    return Text(fold_output(_decoded(file.read(head + tail))))
                first = file.read(head)
                file.seek(size - tail)
                return Text(fold_output(_decoded(first)), fold_output(_decoded(file.read(tail))), size - head - tail)
        except OSError:
            return None

    def way(self, node: Node) -> list[Node]:
        """Return the way from a draft to a node, both included; of a merge by its first parent."""
        found = [node]
        while found[-1].parents:
            found.append(self.tree.nodes[found[-1].parents[0]])
        return found[::-1]

    @property
    def blend(self) -> str:
        """The blend that is handed in, in words; empty for a single script."""
        made = self.tree.ensemble
        if made is None or not made.kept:
            return ""
        return ", ".join(f"#{m.node} {100 * m.weight:.0f} %" for m in made.members)

    @property
    def selection_score(self) -> float | None:
        """The selected node's score on the selection part of the hidden rows; None where none was made."""
        selection = self.tree.selection
        if selection is None:
            return None
        return next((c.selection for c in selection.candidates if c.node == selection.node), None)


def score_words(score: Score | None) -> str:
    """Return `value ± se`, with its source where that is not the hold-out; a dash for none."""
    if score is None:
        return "–"
    words = f"{score.value:.6g}"
    if score.se is not None:
        words += f" ± {score.se:.2g}"
    return words + {"holdout": "", "command": " (grading command)", "reported": " (self-reported)"}[score.source]


def named(node: Node) -> str:
    """Return a node's title on one line, or what it was to be."""
    title = " ".join(clean(node.title or node.instruction).split())
    start = title.removesuffix("…").rstrip()
    if start and start != title:  # the title was cut; the plan has all of it
        plan = " ".join(clean(node.plan[:400]).split())
        title = plan.partition(". ")[0].removesuffix(".") if plan.startswith(start) else title
    parents = " and ".join(f"#{p}" for p in node.parents)
    return title or (f"{node.operator} of {parents}" if parents else node.operator)


def better_words(direction: str) -> str:
    """Return which scores are better, in words."""
    return "lower is better" if direction == "min" else "higher is better"


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return _decoded(file.read(_MOST))
    except OSError:
        return None


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
