"""What the page knows of each node: embedded as JSON and drawn when a reader asks for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from tui_aide.code.terminal_text import clean
from tui_aide.sessions.exports.page.code_lines import CodeLines
from tui_aide.sessions.exports.page.marks import mark
from tui_aide.sessions.exports.source import NOT_KEPT, Source, named, score_words
from tui_aide.tree.events import ChallengerRejected, IncumbentChanged
from tui_aide.tree.node import Candidate, Node

MOST_BYTES = 12_000_000
"""About how much of all nodes' texts one page holds."""

_SCRIPT, _PLAN, _MESSAGE = 100_000, 6_000, 4_000
_HEAD, _TAIL = 2_000, 6_000
_CANDIDATES, _STEPS = 32, 16


class Pages:
    """The nodes' data, and what was left out of it to keep the page small.

    Attributes:
        nodes: one dictionary a node, in order.
        lines: the table of lines that their scripts point into.
        left_out: nodes whose texts are not on the page.
    """

    def __init__(self, source: Source, most: int = MOST_BYTES) -> None:
        """Collect the nodes: those on the way to the best first, then by rank, so that these are never left out."""
        self._source = source
        self._most = most
        self._texts = 0
        self._lines = CodeLines()
        self._reasons = _reasons(source)
        self._scripts: dict[int, list[int]] = {}
        self.left_out: list[int] = []
        found = {node.id: self._node(node) for node in _by_weight(source)}
        self.nodes = [found[number] for number in source.tree.nodes]
        for data in self.nodes:
            self._compare(data)

    @property
    def lines(self) -> list[list[str | int]]:
        """The lines of all scripts, with their highlighting."""
        return self._lines.lines

    def _node(self, node: Node) -> dict[str, Any]:
        source, sign = self._source, mark(self._source.tree, node)
        data: dict[str, Any] = {
            "id": node.id,
            "parents": node.parents,
            "children": node.children,
            "sign": sign.sign,
            "kind": sign.kind,
            "verdict": sign.words,
            "title": named(node),
            "made": node.operator,
            "facts": _facts(source, node),
        }
        if self._texts + self._lines.size > self._most:
            self.left_out.append(node.id)
            data["left_out"] = f"nodes/{node.id:04d}/"
            return data
        told = {
            "plan": _cut(source.plan(node), _PLAN),
            "why": _cut(node.reason, _MESSAGE),
            "asked": _cut(node.instruction, _MESSAGE) if node.by == "user" else "",
            "message": _cut(node.message, _MESSAGE),
            "fate": self._reasons.get(node.id, ""),
            "chosen_by": _cut(node.chosen_by, _MESSAGE),
        }
        data.update({key: text for key, text in told.items() if text})
        if node.candidates:
            data["candidates"] = [_candidate(c) for c in list(node.candidates.values())[:_CANDIDATES]]
        if node.steps:
            data["steps"] = [[s.by, clean(s.title), _cut(s.text, 800)] for s in node.steps[-_STEPS:]]
        self._script(node, data)
        output = source.output(node, _HEAD, _TAIL)
        if output is None:
            data["no_output"] = f"Its output was {NOT_KEPT}." if node.executions else "Its script was never run."
        else:
            data["output"] = [output.head, output.tail, output.cut] if output.cut else [output.head]
        self._texts += sum(len(t) for t in told.values()) + (len(output.head + output.tail) if output else 0) + 500
        return data

    def _script(self, node: Node, data: dict[str, Any]) -> None:
        code = self._source.code(node)
        if code is None:
            ran = node.executions or node.valid
            data["no_script"] = f"Its script was {NOT_KEPT}." if ran else "It has no script."
            return
        if len(code) > _SCRIPT:
            data["script_cut"] = len(code) - _SCRIPT
            code = code[:_SCRIPT]
        data["script"] = self._scripts[node.id] = self._lines.add(code)
        self._texts += 5 * len(data["script"])

    def _compare(self, data: dict[str, Any]) -> None:
        """Add which lines differ from the parent's: `[from, to, from, to]` in the parent's and in this script."""
        own = self._scripts.get(data["id"])
        before = self._scripts.get(data["parents"][0]) if data["parents"] else None
        if own is None or before is None:
            return
        old, new = ([self.lines[n][0] for n in numbers] for numbers in (before, own))
        blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        data["changes"] = [[i, j, k, n] for tag, i, j, k, n in blocks if tag != "equal"]


def _by_weight(source: Source) -> Iterable[Node]:
    tree = source.tree
    first = [] if tree.selected is None else source.way(tree.nodes[tree.selected])
    order = [*first, *tree.ranked(), *tree.nodes.values()]
    return {node.id: node for node in order}.values()


def _reasons(source: Source) -> dict[int, str]:
    """Return why valid nodes became the best, or did not."""
    found: dict[int, str] = {}
    for event in source.events:
        if isinstance(event, IncumbentChanged):
            found[event.node] = f"It became the best: {event.reason}."
        elif isinstance(event, ChallengerRejected):
            found[event.node] = f"It did not replace the best: {event.reason}."
    return found


def _facts(source: Source, node: Node) -> list[list[str]]:
    tree, facts = source.tree, []
    if node.score is not None:
        facts.append([source.started.metric, score_words(node.score)])
        parent = tree.nodes[node.parents[0]] if node.parents else None
        if parent is not None and parent.score is not None and parent.score.source == node.score.source:
            gain = node.score.value - parent.score.value
            word = "better" if tree.better(node.score.value, parent.score.value) else "worse" if gain else "the same"
            facts.append([f"against #{parent.id}", f"{gain:+.4g}, {word}"])
    if tree.selection is not None:
        for one in tree.selection.candidates:
            if one.node == node.id:
                facts.append(["selection rows", f"{one.selection:.6g}"])
    facts.append(["strategy", node.strategy])
    if node.tokens.total:
        words = f"{node.tokens.total:,}"
        if node.tokens.reasoning:
            words += f", {node.tokens.reasoning:,} reasoning"
        facts.append(["tokens", words])
    if node.model_seconds:
        facts.append(["model", seconds(node.model_seconds)])
    if node.execution_seconds:
        runs = f", {node.executions} runs" if node.executions > 1 else ""
        facts.append(["script", seconds(node.execution_seconds) + runs])
    if node.peak_memory:
        facts.append(["peak memory", f"{node.peak_memory / 1e6:,.0f} MB"])
    if node.gpu_memory:
        facts.append(["GPU memory", f"{node.gpu_memory / 1e6:,.0f} MB"])
    if node.pruned:
        facts.append(["branch", "pruned"])
    return facts


def _candidate(one: Candidate) -> list[Any]:
    return [
        one.number,
        (one.verdict or "not run").replace("_", " "),
        score_words(one.score),
        " ".join(clean(one.note or one.message or one.title).split())[:400],
        one.chosen,
    ]


def _cut(text: str, most: int) -> str:
    text = clean(text).strip()
    return text if len(text) <= most else f"{text[:most].rstrip()} [... {len(text) - most:,} characters left out]"


def seconds(value: float) -> str:
    """Return a time in one or two units: 4.2 s, 3 min 20 s, 2 h 5 min."""
    if value < 99.5:
        return f"{value:.1f} s" if value < 9.95 else f"{value:.0f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
