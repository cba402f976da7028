"""The tree as rows of HTML: children indented below their parents, but in chains, so that these stay narrow."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from tui_aide.sessions.exports.page.marks import mark
from tui_aide.sessions.exports.source import Source, named
from tui_aide.tree.node import Node

_WIDE = 170
"""Pixels that the indentation takes at most."""

_DEEPEST = 24
"""Levels that are drawn; what lies deeper is drawn at the last."""


def tree_rows(source: Source) -> str:
    """Return the list of nodes: each a link to itself with its sign, number, title and score or verdict.

    A merge stands below its first parent.
    """
    nodes, roots = source.tree.nodes, source.tree.roots
    rows: list[str] = []
    deepest = 1
    stack = [_Place(nodes[r], last=r == roots[-1]) for r in reversed(roots)]
    while stack:
        place = stack.pop()
        node, below = place.node, place.below
        children = [nodes[c] for c in node.children if nodes[c].parents[0] == node.id]
        rows.append(_row(source, place, leads=bool(children)))
        deepest = max(deepest, len(place.guides))
        if len(below) >= _DEEPEST or (len(children) == 1 and place.last):
            stack.extend(_Place(c, below, below, joined=True, last=c is children[-1]) for c in reversed(children))
            continue
        for child in reversed(children):
            last = child is children[-1]
            stack.append(_Place(child, below + ("l" if last else "t"), below + (" " if last else "v"), last=last))
    step = min(16, max(6, _WIDE // deepest))
    return (
        f'<ol id="rows" role="tree" aria-label="Solution tree" style="--step:{step}px">\n' + "\n".join(rows) + "\n</ol>"
    )


class _Place(NamedTuple):
    """Where a node is drawn.

    `guides` are the signs on its left, `below` those on the left of what is below it; `joined` says that a line leads
    to it from right above, and `last` that no sibling stands in its column further down, so that a child may.
    """

    node: Node
    guides: str = ""
    below: str = ""
    joined: bool = False
    last: bool = False


def _row(source: Source, place: _Place, *, leads: bool) -> str:
    node, guides = place.node, place.guides
    sign = mark(source.tree, node)
    lines = "".join(f'<i class="g g{guide}"></i>' if guide != " " else '<i class="g"></i>' for guide in guides)
    through = ("u" if place.joined else "") + (" d" if leads else "")
    value = f"{node.score.value:#.5g}".removesuffix(".") if node.score is not None else sign.words
    own = node.score is not None and node.score.source == "reported"
    kind = "s own" if own else "s"
    by = " by the user" if node.by == "user" else ""
    faded = " pruned" if node.pruned else ""
    told = f"#{node.id} {node.operator}{by}: {sign.words}{', self-reported' if own else ''}"
    return (
        f'<li role="treeitem" aria-level="{node.depth + 1}" id="row-{node.id}" class="row {sign.kind}{faded}" '
        f'title="{escape(told)}"><a href="#node-{node.id}">{lines}'
        f'<b class="m {through.strip()}">{sign.sign}</b><span class="n">#{node.id}</span>'
        f'<span class="t">{escape(named(node))}</span><span class="{kind}">{escape(value)}</span></a></li>'
    )
