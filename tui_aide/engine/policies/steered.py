"""A policy under a user's steering: what it sees of pruned and paused branches, and what pins make of its choice."""

from __future__ import annotations

import copy
import random

import msgspec

from tui_aide.engine.policies.debugging import debug, figure, live_children
from tui_aide.engine.policies.policy import Choice, Policy
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree


def choose_steered(policy: Policy, tree: SolutionTree, rng: random.Random) -> Choice:
    """Return the policy's choice within what the user left it.

    Pruned branches are not there. What is in a paused one looks as if it were in flight: it counts, yet nothing is made
    of it. While nodes are pinned, the policy sees only the branch of the one that had the least work; a fresh draft, or
    nothing to do there, is no answer then.
    """
    if not (tree.pruned or tree.held or tree.pinned):
        return policy.choose(tree, rng)
    seen = _seen(tree, [n for n in tree.nodes.values() if not n.pruned])
    pins = [p for p in tree.pinned if p in seen.nodes and not tree.nodes[p].held]
    for pin in sorted(pins, key=lambda p: (len(seen.branch(p)), p)):
        if choice := _work_on(policy, tree, seen, pin, rng):
            return choice
    return policy.choose(seen, rng)


def _work_on(policy: Policy, tree: SolutionTree, seen: SolutionTree, pin: int, rng: random.Random) -> Choice | None:
    """Return what to do in the branch of a pinned node; None where all of it is in flight."""
    branch = _seen(tree, [tree.nodes[n.id] for n in seen.branch(pin)])
    if not any(node.done and not node.cut_short for node in branch.nodes.values()):
        return None
    free = policy.choose(branch, rng)
    choice = free if free.parents else _simple(branch)
    return choice and msgspec.structs.replace(choice, reason=f"you pinned #{pin}: {choice.reason}")


def _simple(branch: SolutionTree) -> Choice | None:
    """Improve the best of a branch, or debug its newest failure, for a policy that would rather draft."""
    if best := branch.ranked(1):
        return Choice("improve", (best[0].id,), f"improve the best of its branch, {figure(best[0])}")
    failed = [n for n in branch.nodes.values() if n.buggy and not live_children(branch, n)]
    return debug(failed[-1], "the newest failure of its branch") if failed else None


def _seen(tree: SolutionTree, nodes: list[Node]) -> SolutionTree:
    """Return a tree of these nodes alone, with what is held masked; the nodes that change are copies."""
    ids = {n.id for n in nodes}
    seen = copy.copy(tree)
    seen.nodes = {n.id: _within(n, ids) for n in sorted(nodes, key=lambda n: n.id)}
    seen.roots = [n.id for n in seen.nodes.values() if not n.parents]
    seen.running = {i: n for i, n in seen.nodes.items() if not n.done}
    if seen.incumbent not in ids:
        seen.incumbent = None
    seen.rank()
    return seen


def _within(node: Node, ids: set[int]) -> Node:
    """Return a node with no tie to nodes that are not there; where it is held, as if it were in flight."""
    parents = tuple(p for p in node.parents if p in ids)
    children = [c for c in node.children if c in ids]
    if node.held and node.done:
        return msgspec.structs.replace(node, parents=parents, children=children, verdict=None, score=None)
    if len(parents) == len(node.parents) and len(children) == len(node.children):
        return node
    return msgspec.structs.replace(node, parents=parents, children=children)
