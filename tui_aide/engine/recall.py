"""What is told of earlier nodes when a new one is made: a bounded choice, so that prompts do not grow."""

from __future__ import annotations

from itertools import islice

import msgspec

from tui_aide.engine.store import Store
from tui_aide.engine.told_output import told_output
from tui_aide.models.chat import Attempt, Limits, Proposal
from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

_BEST = 4
_SIBLINGS = 8
_RECENT = 4
_CHAIN = 4
_FAILURES = 4
_TAIL = 6_000


def propose(tree: SolutionTree, store: Store, node: Node, view: TaskView, limits: Limits) -> Proposal:
    """Return the facts for making `node`: its parents, and the memory that its scope allows.

    The memory holds the best nodes, the parent's other children (what was tried already from here, or is being tried
    just now: those have the verdict `cancelled`) and the most recent ones, without repeats: at most 16, however large
    the tree is; none of them pruned, and none with its output: prompts show only a parent's. Besides, the user's hints,
    the nearest four ancestors and the four most frequent failures.
    """
    chosen: dict[int, Node] = {}
    done = tree.ranked(_BEST)
    family = [tree.nodes[p].children for p in node.parents] or [tree.roots]
    for siblings in family:
        told = (n for n in map(tree.nodes.__getitem__, reversed(siblings)) if (n.done or n.plan) and not n.pruned)
        done += islice(told, _SIBLINGS)
    done += _recent(tree, _RECENT)
    for other in done:
        if other.id != node.id:
            chosen.setdefault(other.id, other)
    again = (f for f in tree.failures.values() if f.count > 1)  # sorted: candidates end in any order
    return Proposal(
        operator=node.operator,
        view=view,
        parents=tuple(
            _attempt(tree, store, tree.nodes[p], told_output(store, p, "output.log", _TAIL)) for p in node.parents
        ),
        memory=tuple(_attempt(tree, store, n) for n in chosen.values()),
        instruction=node.instruction,
        limits=limits,
        number=node.id,
        ancestors=_ancestors(tree, node),
        failures=tuple(  # copies: the tree's own go on counting while the node is made
            msgspec.structs.replace(f) for f in sorted(again, key=lambda f: (-f.count, f.verdict, f.kind))[:_FAILURES]
        ),
        working=sum(1 for i in tree.roots if tree.nodes[i].valid and not tree.nodes[i].pruned),
        hints=tuple(tree.hints[number] for number in sorted(tree.hints)),
    )


def _ancestors(tree: SolutionTree, node: Node) -> tuple[Attempt, ...]:
    """Return the way that led to a node's parent, without scripts and output."""
    found: list[Attempt] = []
    at = tree.nodes[node.parents[0]] if node.parents else node
    while at.parents and len(found) < _CHAIN:
        at = tree.nodes[at.parents[0]]
        verdict = at.verdict or "cancelled"
        found.append(Attempt(at.id, at.operator, at.plan, "", verdict, at.message, at.score))
    return tuple(found)


def _recent(tree: SolutionTree, count: int) -> list[Node]:
    found = []
    for i in range(len(tree.nodes) - 1, -1, -1):
        if tree.nodes[i].done and not tree.nodes[i].pruned:
            found.append(tree.nodes[i])
            if len(found) == count:
                break
    return found


def _attempt(tree: SolutionTree, store: Store, node: Node, output_tail: str = "") -> Attempt:
    return Attempt(
        node=node.id,
        operator=node.operator,
        plan=node.plan,
        code=store.read(node.id, "solution.py"),
        verdict=node.verdict or "cancelled",
        message=node.message,
        score=node.score,
        output_tail=output_tail,
        debug_depth=tree.debug_depth(node),
        instruction=node.instruction,
    )
