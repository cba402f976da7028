"""The documents behind the node's tabs, made from the node and its files; `poll` picks up what was added."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import TextTail
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Document, Listing, Paragraphs, Span, Stack, StreamText
from tui_aide.tui.figures import VERDICT_WORDS, duration, node_name, number, score_text, signed, sparkline
from tui_aide.tui.figures import size as figure_size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import clean, one_line

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
    ) -> None:
        """Open the tab.

        Args:
            folder: the session.
            tree: its folded journal.
            node: which node.
            tab: which of its tabs.
            small: for a small pane.
            rejected: why valid nodes did not replace the best, by node.
        """
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
        if self.tab == "score":
            self.document = _score(self._folder, self._tree, self.node, self._rejected.get(self.node.id, ""))
        else:
            self.document = _BUILDERS[self.tab](self._folder, self._tree, self.node)
        return True

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
        rejected = (node.id in self._rejected, self._tree.selection is None, self._tree.incumbent)
        return (stamps, node.phase, node.title, node.plan, node.message, node.verdict, rejected)


def empty_text(tab: Tab, node: Node) -> str:
    """Return what to say where a tab has nothing to show yet."""
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
    if tab == "diff" and not node.parents:
        return "A draft has no parent to compare with."
    if tab == "reasoning" and node.phase not in ("queued", "thinking", "writing"):
        return nothing
    return waiting


def _text(path: Path, limit: int = 1 << 20) -> str:
    try:
        with path.open("rb") as file:
            return clean(file.read(limit).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))
    except OSError:
        return ""


def _heading(text: str) -> list[Sequence[Span]]:
    return [((text, "title"),)]


def _plan(folder: SessionFolder, tree: SolutionTree, node: Node) -> Document:
    lines: list[Sequence[Span]] = [((one_line(node_name(node)), "strong"),), (("", ""),)]
    if node.verdict and node.verdict != "valid":
        lines += _heading("Verdict")
        lines.append(((f"{GLYPHS.buggy} {VERDICT_WORDS[node.verdict]}", "bad"),))
        lines += [((row, ""),) for row in clean(node.message).splitlines()]
        lines.append((("", ""),))
    elif node.message:
        lines += [*_heading("Note"), *(((row, ""),) for row in clean(node.message).splitlines()), (("", ""),)]
    if node.instruction:
        lines += [*_heading("Your instruction"), ((clean(node.instruction), ""),), (("", ""),)]
    plan = _text(folder.node(node.id) / "plan.md").strip() or clean(node.plan).strip()
    if plan:
        lines += [*_heading("Plan"), *(((row, ""),) for row in plan.splitlines()), (("", ""),)]
    if node.reason:
        who = "Why you asked" if node.by == "user" else "Why the policy chose this"
        lines += [*_heading(who), ((clean(node.reason), ""),)]
    if not plan and not node.done:
        lines += [(("", ""),), (("The plan comes with the model's answer ...", "muted"),)]
    return Paragraphs(lines)


def _code(folder: SessionFolder, tree: SolutionTree, node: Node) -> Document:
    text = _text(folder.node(node.id) / "solution.py")
    if not text.strip():
        return Paragraphs()
    return listing(text)


def listing(code: str) -> Listing:
    """Return a script with line numbers, in colours."""
    from tui_aide.tui.code_spans import CodeSpans

    lines = code.rstrip("\n").split("\n")
    digits = len(str(len(lines)))
    return Listing(lines, CodeSpans(lines), lambda i: (f"{i + 1:>{digits}}  ", "muted"))


def _diff(folder: SessionFolder, tree: SolutionTree, node: Node) -> Document:
    if not node.parents:
        return Paragraphs()
    parent = node.parents[0]
    before = _text(folder.node(parent) / "solution.py").splitlines()
    after = _text(folder.node(node.id) / "solution.py").splitlines()
    if not after:
        return Paragraphs()
    rows = list(difflib.unified_diff(before, after, f"#{parent}", f"#{node.id}", lineterm="", n=4))
    if not rows:
        return Paragraphs([[(f"The script is the same as #{parent}'s.", "muted")]])
    added = sum(r.startswith("+") for r in rows) - 1
    removed = sum(r.startswith("-") for r in rows) - 1
    rows = [f"#{parent} -> #{node.id}   +{added} -{removed} lines", "", *rows[2:]]
    style = {"+": "added", "-": "removed", "@": "hunk"}
    return Listing(rows, lambda i: ((rows[i], style.get(rows[i][:1], "") if i > 1 else "title"),), lambda i: ("", ""))


def _score(folder: SessionFolder, tree: SolutionTree, node: Node, rejected: str) -> Document:
    lines: list[Sequence[Span]] = []

    def fact(name: str, value: str, style: str = "") -> None:
        lines.append(((f"{name:<14}", "muted"), (one_line(value), style)))

    report = _report(folder.node(node.id) / "score.json")
    if node.score is None and not report:
        if node.message:
            return Paragraphs([[("No score: ", "muted"), (one_line(node.message), "")]])
        return Paragraphs()
    metric = tree.started.metric if tree.started else "score"
    better = "lower is better" if tree.direction == "min" else "higher is better"
    if node.score:
        fact(metric, f"{score_text(node.score)}, {better}", "strong")
        fact("source", node.score.source)
    parent = tree.nodes[node.parents[0]] if node.parents else None
    if node.score and parent and parent.score:
        change = signed(node.score.value - parent.score.value)
        fact("parent", f"#{parent.id}  {score_text(parent.score)} {GLYPHS.dot} change {change}")
    if tree.incumbent is not None and tree.incumbent != node.id and (best := tree.nodes[tree.incumbent]).score:
        fact("best", f"#{best.id}  {score_text(best.score)}")
    if rejected:
        fact("not the best", rejected)
    for key, value in report.items():
        if key in ("value", "se", "source", "replicates", "notes"):
            continue
        if isinstance(value, float):
            fact(key, duration(value) if key == "seconds" and value >= 1 else number(value))
        elif isinstance(value, str | int | bool):
            fact(key, str(value))
    replicates = report.get("replicates")
    if isinstance(replicates, list) and replicates:
        values = [float(v) for v in replicates if isinstance(v, int | float)]
        fact(
            "replicates",
            f"{len(values)} {GLYPHS.dot} {number(min(values))} to {number(max(values))} {GLYPHS.dot} {sparkline(values, 40)}",
        )
    notes = report.get("notes")
    if isinstance(notes, list) and notes:
        lines += [(("", ""),), *_heading("Notes on the submission")]
        lines += [((f"{GLYPHS.dot} {one_line(str(note))}", "warn"),) for note in notes]
    lines += _candidates(tree, node)
    return Paragraphs(lines)


def _candidates(tree: SolutionTree, node: Node) -> list[Sequence[Span]]:
    lines: list[Sequence[Span]] = []
    if tree.selection:
        lines += [(("", ""),), *_heading("Selection at the end"), ((one_line(tree.selection.reason), ""),)]
        lines.append(((f"{'node':<8}{'search':>10}{'selection':>12}", "muted"),))
        for c in tree.selection.candidates:
            chosen = f" {GLYPHS.best}" if c.node == tree.selection.node else ""
            style = "strong" if c.node == node.id else ""
            row = f"{f'#{c.node}':<8}{number(c.search):>10}{number(c.selection):>12}{chosen}"
            lines.append(((row, style),))
    return lines


def _report(path: Path) -> dict[str, Any]:
    try:
        report = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return report if isinstance(report, dict) else {}


_BUILDERS: dict[str, Callable[[SessionFolder, SolutionTree, Node], Document]] = {
    "plan": _plan,
    "code": _code,
    "diff": _diff,
}
