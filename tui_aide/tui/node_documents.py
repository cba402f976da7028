"""The documents behind the node's tabs, made from the node and its files; `poll` picks up what was added."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import TextTail
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Document, Paragraphs, Stack, StreamText
from tui_aide.tui.figures import handed_in
from tui_aide.tui.figures import size as figure_size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.node_reports import CUT_OFF, code_document, diff_document, plan_document, score_document
from tui_aide.tui.waits import Wait

Tab = Literal["plan", "reasoning", "code", "diff", "output", "score"]
TABS: tuple[Tab, ...] = ("plan", "reasoning", "code", "diff", "output", "score")
_WINDOW = 1 << 18
_SMALL_WINDOW = 1 << 14


class StreamFile:
    """A file of the node that grows, as a document; of a burst larger than `window` bytes only the end is shown."""

    def __init__(
        self, path: Path, tint: Callable[[str], str] | None = None, *, wraps: bool = True, window: int = _WINDOW
    ) -> None:
        self.document = StreamText(tint, wraps=wraps)
        self._path = path
        self._window = window
        self._size = 0
        self._tail = TextTail(path, window)

    def poll(self) -> bool:
        """Read what was added; return whether there was any."""
        try:
            size = self._path.stat().st_size
        except OSError:
            return False
        burst = size - self._size > self._window
        self._size = size
        if burst:
            self._tail = TextTail(self._path, self._window)
        text = self._tail.read()
        if burst or self._tail.restarted:
            self.document.clear()
            if self._tail.skipped:
                before = f"{GLYPHS.ellipsis} {figure_size(self._tail.skipped)} before this stand in {self._path}\n"
                text = before + text.partition("\n")[2]
        return self.document.feed(text) or self._tail.restarted


class OutputTint:
    """Colours output line by line: tracebacks and errors, warnings."""

    def __init__(self) -> None:
        self._traceback = False

    def __call__(self, line: str) -> str:
        """Return the style of the next line of the output."""
        if line.startswith("Traceback (most recent call last)"):
            self._traceback = True
            return "bad"
        if self._traceback:
            self._traceback = line.startswith((" ", "\t")) or not line
            return "muted" if self._traceback else "bad"
        if re.match(r"[\w.]*(Error|Exception|Killed)\b", line):
            return "bad"
        return "warn" if "Warning" in line[:200] or "warning:" in line[:200] else ""


class NodeDocument:
    """One tab of one node: a document and how to keep it up to date; a `small` one keeps less and wraps no output."""

    def __init__(
        self,
        folder: SessionFolder,
        tree: SolutionTree,
        node: Node,
        tab: Tab,
        *,
        small: bool = False,
        rejected: Mapping[int, str] | None = None,
        cut_off: bool = False,
    ) -> None:
        """Open the tab.

        Args:
            folder: the session.
            tree: its folded journal.
            node: which node.
            tab: which of its tabs.
            small: for a small pane.
            rejected: why valid nodes did not replace the best, by node.
            cut_off: whether nothing runs any more; may be changed between polls.
        """
        self.cut_off = cut_off
        self._rejected = rejected or {}
        self.node = node
        self.tab = tab
        self._folder = folder
        self._tree = tree
        self._streams: list[StreamFile] = []
        self._signature: object = None
        path = folder.node(node.id)
        window = _SMALL_WINDOW if small else _WINDOW
        if tab == "reasoning":
            thought = StreamFile(path / "reasoning.md", window=window)
            answer = StreamFile(path / "answer.md", window=window)
            self._streams = [thought, answer]
            self._heading = Paragraphs()
            self.document: Document = Stack([thought.document, self._heading, answer.document])
        elif tab == "output":
            self._streams = [StreamFile(path / "output.log", OutputTint(), wraps=not small, window=window)]
            self.document = self._streams[0].document
        else:
            self.document = Paragraphs()
        self.poll(deep=True)

    def poll(self, *, deep: bool = False) -> bool:
        """Read what changed; return whether the document did (it may be another object then).

        Args:
            deep: look at files that are written whole, too; streams are always looked at.
        """
        changed = False
        for stream in self._streams:
            changed |= stream.poll()
        if self.tab == "reasoning" and changed and not len(self._heading) and len(self._streams[1].document):
            heading = Paragraphs(
                [[("", "")], [(f"{GLYPHS.across * 2} answer {GLYPHS.across * 2}", "title")], [("", "")]]
            )
            self._heading = heading
            self.document = Stack([self._streams[0].document, heading, self._streams[1].document])
        if self._streams or not deep:
            return changed
        signature = self._sign()
        if signature == self._signature:
            return False
        self._signature = signature
        self.document = self._build()
        return True

    def _build(self) -> Document:
        folder, tree, node = self._folder, self._tree, self.node
        match self.tab:
            case "code":
                return code_document(folder, node)
            case "diff":
                return diff_document(folder, node)
            case "score":
                return score_document(folder, tree, node, self._rejected.get(node.id, ""))
            case _:
                return plan_document(folder, tree, node, cut_off=self.cut_off)

    def _sign(self) -> object:
        paths = [self._folder.node(self.node.id)]
        if self.tab == "diff" and self.node.parents:
            paths.append(self._folder.node(self.node.parents[0]))
        stamps: list[tuple[int, int] | None] = []
        for path in paths:
            for name in ("solution.py", "plan.md", "score.json"):
                try:
                    stat = (path / name).stat()
                    stamps.append((stat.st_mtime_ns, stat.st_size))
                except OSError:
                    stamps.append(None)
        node = self.node
        rejected = (node.id in self._rejected, handed_in(self._tree), self._tree.incumbent, self.cut_off)
        sample = (node.sample_tokens, node.sampling_seconds, len(self._tree.servers))
        return (stamps, node.phase, node.title, node.plan, node.message, node.verdict, rejected, sample)


def empty_text(tab: Tab, node: Node, *, cut_off: bool = False, wait: Wait | None = None) -> str:
    """Return what to say where a tab has nothing to show yet, or, after its node was cut off, any more.

    Args:
        tab: which.
        node: whose.
        cut_off: whether nothing runs any more.
        wait: what the node waits for outside of it, or None.
    """
    waiting = {
        "queued": "Waiting for a free model stream ...",
        "thinking": "The model is thinking; nothing has come yet ...",
        "writing": "The model is writing its answer ...",
        "waiting": "The script waits for a free execution slot ...",
        "executing": "The script runs; it has printed nothing yet ...",
        "scoring": "The predictions are being scored ...",
        "done": "",
    }[node.phase]
    nothing = {
        "plan": "No plan.",
        "reasoning": "No reasoning was recorded.",
        "code": "No script: the answer held no code.",
        "diff": "Nothing to compare: this node has no parent.",
        "output": "The script printed nothing." if node.execution_seconds else "The script was never run.",
        "score": "No score.",
    }[tab]
    if node.done:
        return nothing
    if cut_off:
        return CUT_OFF
    if tab == "diff" and not node.parents:
        return "A draft has no parent to compare with."
    if tab == "reasoning" and node.phase not in ("queued", "thinking", "writing"):
        return nothing
    return wait.sentence if wait is not None else waiting
