"""Nodes compared: their figures in a table, what differs between two of their scripts, and those two's plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

from tui_aide.sessions.folder import SessionFolder
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.difference import Difference, fit_spans
from tui_aide.tui.documents import Document, Paragraphs, Span, Stack
from tui_aide.tui.figures import VERDICT_WORDS, count, duration, full_name, node_glyph, score_text, size
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.node_reports import shown_text
from tui_aide.tui.plain_text import clean, fit, one_line
from tui_aide.tui.table import Table

_BESIDE = 100
"""From this width on, plans stand side by side."""
_NAME = 28


class Columns:
    """Two documents side by side where there is room, else one under the other, each under its title."""

    dropped = 0
    follow = False

    def __init__(self, left: Sequence[Sequence[Span]], right: Sequence[Sequence[Span]]) -> None:
        self._parts = Paragraphs(left), Paragraphs(right)
        self._rows: list[Sequence[Span]] = []
        self.resize(80)

    def resize(self, width: int) -> None:
        """Lay it out for a width."""
        left, right = self._parts
        half = (width - 3) // 2 if width >= _BESIDE else width
        for part in self._parts:
            part.resize(half)
        if half == width:
            self._rows = [*(left.row(i) for i in range(len(left))), (("", ""),)]
            self._rows += [right.row(i) for i in range(len(right))]
            return
        rows = zip_longest(*([part.row(i) for i in range(len(part))] for part in self._parts), fillvalue=())
        self._rows = [(*fit_spans(a, half), (f" {GLYPHS.separator} ", "faint"), *b) for a, b in rows]

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Sequence[Span]:
        """Return one row."""
        return self._rows[index]

    def text(self) -> str:
        """Return both, one under the other."""
        return "\n\n".join(part.text() for part in self._parts)


def comparison_document(
    folder: SessionFolder, tree: SolutionTree, nodes: Sequence[Node], pair: tuple[int, int], *, split: bool | None
) -> tuple[Document, Difference]:
    """Compare nodes.

    Args:
        folder: the session.
        tree: its folded journal.
        nodes: all that stand in the table, two or more.
        pair: the places in `nodes` of the two whose scripts and plans are compared.
        split: whether scripts stand side by side; None for what there is room for.

    Returns:
        All of it, and the part that compares the scripts.
    """
    left, right = nodes[pair[0]], nodes[pair[1]]
    before, after = (shown_text(folder, folder.node(n.id) / "solution.py").splitlines() for n in (left, right))
    difference = Difference(before, after, (f"#{left.id}", f"#{right.id}"))
    difference.split = split
    blank: list[Sequence[Span]] = [(("", ""),)]
    parts: list[Document] = [
        Paragraphs([(("Figures", "title"),)]),
        _table(tree, nodes, pair),
        Paragraphs([*blank, (("Scripts", "title"),)]),
    ]
    if not before or not after:
        lacking = " and ".join(f"#{n.id}" for n, s in zip((left, right), (before, after), strict=True) if not s)
        parts.append(Paragraphs([((f"{lacking} has no script.", "muted"),)]))
    else:
        parts.append(Paragraphs([(("The scripts are the same.", "muted"),)]) if difference.same else difference)
    parts += [
        Paragraphs([*blank, (("Plans", "title"),)]),
        Columns(_plan(folder, left), _plan(folder, right)),
    ]
    return Stack(parts, follow=False), difference


def _plan(folder: SessionFolder, node: Node) -> list[Sequence[Span]]:
    place: Path = folder.node(node.id) / "plan.md"
    plan = shown_text(folder, place).strip() or clean(node.plan).strip()
    lines: list[Sequence[Span]] = [((f"#{node.id} ", "muted"), (one_line(full_name(node)), "strong"))]
    return [*lines, *(((row, ""),) for row in (plan or "No plan.").splitlines())]


def _table(tree: SolutionTree, nodes: Sequence[Node], pair: tuple[int, int]) -> Document:
    """Return the figures, a column a node; the best score, and the least of what is better small, stand out."""
    rows: list[Sequence[Span]] = []

    def add(name: str, cells: Sequence[str], best: Callable[[Node], float | None] | None = None) -> None:
        if not any(cells):
            return
        values = [best(n) if best is not None else None for n in nodes]
        known = [v for v in values if v is not None]
        least = min(known) if len(set(known)) > 1 else None
        styles = ["good" if least is not None and v == least else "" for v in values]
        rows.append(((name, "muted"), *zip(cells, styles, strict=True)))

    sign = 1.0 if tree.direction == "min" else -1.0
    metric = one_line(tree.started.metric) if tree.started else "score"
    add("what it is", [fit(one_line(full_name(n)), _NAME).rstrip() for n in nodes])
    add(
        metric,
        [score_text(n.score) if n.score is not None else "" for n in nodes],
        lambda n: sign * n.score.value if n.valid and n.score is not None else None,
    )
    add("verdict", [VERDICT_WORDS[n.verdict] if n.verdict else n.phase for n in nodes])
    add("made by", [n.operator + (", you" if n.by == "user" else "") for n in nodes])
    add("parent", [" ".join(f"#{p}" for p in n.parents) for n in nodes])
    add("strategy", [fit(one_line(n.strategy), min(_NAME, len(n.strategy))) for n in nodes])
    add("depth", [str(n.depth) for n in nodes])
    add("children", [str(len(n.children)) for n in nodes])
    add("time", [duration(n.seconds) if n.done else "" for n in nodes], lambda n: n.seconds if n.done else None)
    add("of the model", [duration(n.model_seconds) if n.model_seconds else "" for n in nodes])
    add(
        "of its script",
        [duration(n.execution_seconds) if n.execution_seconds else "" for n in nodes],
        lambda n: n.execution_seconds or None,
    )
    add("tokens", [count(n.tokens.total) if n.tokens.total else "" for n in nodes], lambda n: n.tokens.total or None)
    add("memory", [size(n.peak_memory) if n.peak_memory else "" for n in nodes], lambda n: n.peak_memory or None)
    add("runs", [str(n.executions) if n.executions else "" for n in nodes])
    head = [""]
    for place, node in enumerate(nodes):
        shown = f"{node_glyph(node, tree)[0]} #{node.id}"
        head.append(f"[{shown}]" if place in pair and len(nodes) > 2 else shown)
    return Table(head, rows, left=(0,), stretch=False)
