"""A node's history: the nodes that lead to it with what each changed, and what was done to it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import shown_size
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.documents import Document, Paragraphs, Span, Stack, WrappedRows
from tui_aide.tui.figures import VERDICT_WORDS, duration, full_name, node_glyph, number, score_text, signed
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.happenings import Happening
from tui_aide.tui.plain_text import one_line, wrap
from tui_aide.tui.table import Table

_ANCESTORS = 40
"""So many ancestors are told at most, the nearest ones."""
_READ = 1 << 18


def history_document(
    folder: SessionFolder, tree: SolutionTree, node: Node, touched: Sequence[Happening], rejected: str
) -> Document:
    """Return the ancestors with their scores and changes, then what happened to the node, oldest first.

    Args:
        folder: the session.
        tree: its folded journal.
        node: which node.
        touched: what users and lost runners did to it.
        rejected: why it did not become the best though it is valid, or "".
    """
    path = [node]
    while path[-1].parents:
        path.append(tree.nodes[path[-1].parents[0]])
    shown = path[:_ANCESTORS][::-1]
    head: list[Sequence[Span]] = [(("How it came about", "title"),)]
    if len(path) > len(shown):
        head.append(((f"{GLYPHS.ellipsis} {len(path) - len(shown)} nodes before these", "muted"),))
    told = _Log(sorted(_happened(tree, node, touched, rejected), key=lambda h: h[0]))
    lines: list[Sequence[Span]] = []
    if node.children:
        valid = [n for c in node.children if (n := tree.nodes[c]).valid and n.score is not None]
        best = min(valid, key=lambda n: _rank(tree, n), default=None)
        words = f"{len(node.children)} {'child' if len(node.children) == 1 else 'children'}"
        if best is not None and best.score is not None:
            words += f", the best of them #{best.id} with {number(best.score.value)}"
        lines += [(("", ""),), (("What came of it", "title"),), ((words, ""),)]
    middle = Paragraphs([(("", ""),), (("What happened to it", "title"),)])
    return Stack([Paragraphs(head), _ancestors(folder, tree, shown), middle, told, Paragraphs(lines)], follow=False)


_Told = tuple[float, str, str, str]
"""When something happened, its sign, the sign's style, and the words."""


class _Log(WrappedRows):
    """What happened, each behind its time; a longer one goes on below its own beginning."""

    def __init__(self, told: Sequence[_Told]) -> None:
        self._told = told
        super().__init__()

    def _laid_out(self, width: int) -> list[Sequence[Span]]:
        rows: list[Sequence[Span]] = []
        for at, sign, style, words in self._told:
            clock = f"{_clock(at)}  "
            indent = len(clock) + 2
            first, *rest = wrap(one_line(words), width - indent)
            rows.append(((clock, "muted"), (f"{sign} ", style), (first, "")))
            rows += [((" " * indent, ""), (row, "")) for row in rest]
        return rows

    def text(self) -> str:
        """Return what happened, a line each."""
        return "\n".join(f"{_clock(at)}  {sign} {one_line(words)}" for at, sign, _, words in self._told)


def _rank(tree: SolutionTree, node: Node) -> float:
    assert node.score is not None
    return node.score.value if tree.direction == "min" else -node.score.value


def _ancestors(folder: SessionFolder, tree: SolutionTree, path: Sequence[Node]) -> Document:
    rows: list[Sequence[Span]] = []
    for node in path:
        sign, style = node_glyph(node, tree)
        parent = tree.nodes[node.parents[0]] if node.parents else None
        score, change = "", ""
        if node.valid and node.score is not None:
            score = number(node.score.value)
            if parent is not None and parent.valid and parent.score is not None:
                change = signed(node.score.value - parent.score.value)
        elif node.verdict is not None:
            score = VERDICT_WORDS[node.verdict]
        better = change and parent and parent.score and node.score
        gained = bool(better and tree.better(node.score.value, parent.score.value))  # type: ignore[union-attr]
        rows.append(
            (
                (f"{sign} #{node.id}", style),
                (score, "" if node.valid else "muted"),
                (change, "good" if gained else "muted"),
                (_lines_changed(folder, node), "muted"),
                (f"{GLYPHS.user} {node.operator}" if node.by == "user" else node.operator, ""),
                (one_line(full_name(node)), "strong" if node is path[-1] else ""),
            )
        )
    return Table(("node", "score", "change", "lines", "made by", "what it is"), rows, left=(0, 4))


def _lines_changed(folder: SessionFolder, node: Node) -> str:
    """Return how many lines are new in a node's script, and how many of its parent's are gone."""
    own = _lines(folder, node.id)
    if not own or not node.parents:
        return f"{sum(own.values())}" if own else ""
    before = _lines(folder, node.parents[0])
    return f"+{sum((own - before).values())} -{sum((before - own).values())}"


def _lines(folder: SessionFolder, node: int) -> Counter[bytes]:
    path = folder.version(folder.node(node) / "solution.py")
    try:
        with path.open("rb") as file:
            return Counter(file.read(shown_size(path, _READ, folder.extent)).splitlines())
    except OSError:
        return Counter()


def _happened(tree: SolutionTree, node: Node, touched: Sequence[Happening], rejected: str) -> list[_Told]:
    who = "" if node.by == "user" else "the policy chose it: "  # a user's reason says "you" itself
    of = f" of #{node.parents[0]}" if node.parents else ""
    sign = GLYPHS.user if node.by == "user" else GLYPHS.dot
    told: list[_Told] = [(node.created, sign, "muted", f"{node.operator}{of}: {who}{node.reason}")]
    told += [(h.time, h.sign, h.style, h.words) for h in touched]
    if not node.done:
        return [*told, (node.phase_since, GLYPHS.live, "live", f"{node.phase} since then")]
    spent = f"after {duration(node.seconds)}, {duration(node.execution_seconds)} of them for its script"
    sign, style = node_glyph(node, tree)
    if node.valid and node.score is not None:
        told.append((node.phase_since, sign, style, f"scored {score_text(node.score)} {spent}"))
    else:
        verdict = VERDICT_WORDS[node.verdict or "crash"]
        words = one_line(node.message)
        told.append((node.phase_since, sign, style, f"{verdict} {spent}" + (f": {words}" if words else "")))
    told += [
        (at, GLYPHS.best, "best", f"new best with {number(value)}") for at, best, value in tree.curve if best == node.id
    ]
    if rejected:
        told.append((node.phase_since, GLYPHS.dot, "muted", f"not the best: {rejected}"))
    if tree.selection is not None and any(c.node == node.id for c in tree.selection.candidates):
        ends = next(c for c in tree.selection.candidates if c.node == node.id)
        won = "; chosen to be handed in" if tree.selection.node == node.id else ""
        words = f"{number(ends.selection)} on the selection part{won}"
        told.append((tree.selection.time, GLYPHS.handed_in, "accent", words))
    return told


def _clock(at: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(at))
