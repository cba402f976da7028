"""How a user's steering changes the tree. Part of the fold in `solution_tree`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_aide.tree import steering_events as ev

if TYPE_CHECKING:
    from tui_aide.tree.event import Event
    from tui_aide.tree.solution_tree import SolutionTree


def steer(tree: SolutionTree, event: Event) -> None:
    """Fold one event of steering.

    Raises:
        KeyError: it names a node that was never created.
    """
    match event:
        case ev.BranchPaused():
            tree.held.add(event.node)
            _mark(tree, event.node)
        case ev.BranchUnpaused():
            tree.held.discard(event.node)
            _mark(tree, event.node)
        case ev.Pruned():
            tree.pruned[event.node] = None
            tree.unsettled = True
            _mark(tree, event.node)
            _forget_best(tree)
        case ev.Restored():
            tree.pruned.pop(event.node, None)
            tree.unsettled = True
            _mark(tree, event.node)
            tree.rank()
        case ev.Pinned():
            if tree.nodes[event.node].id not in tree.pinned:
                tree.pinned.append(event.node)
        case ev.Unpinned():
            tree.pinned = [n for n in tree.pinned if n != event.node]
        case ev.HintGiven():
            tree.hints[event.hint] = event.text
            tree.hint_count = max(tree.hint_count, event.hint)
        case ev.HintDropped():
            tree.hints.pop(event.hint, None)
        case ev.ModelChanged():
            tree.model, tree.urls = event.model, event.urls
        case ev.StreamsChanged():
            tree.workers, tree.slots = event.workers, event.slots


def _mark(tree: SolutionTree, root: int) -> None:
    """Set again, from the root on down, what lies in a pruned or a paused branch."""
    for node in tree.branch(root):
        above = tree.nodes[node.parents[0]] if node.parents else None
        node.pruned = node.id in tree.pruned or (above is not None and above.pruned)
        node.held = node.id in tree.held or (above is not None and above.held)


def _forget_best(tree: SolutionTree) -> None:
    """Let a pruned node be the best no longer; an `IncumbentChanged` names another, where there is one."""
    tree.rank()
    if tree.incumbent is not None and tree.nodes[tree.incumbent].pruned:
        tree.incumbent, tree.incumbent_since = None, 0.0
    if tree.selection is not None and any(tree.nodes[c.node].pruned for c in tree.selection.candidates):
        tree.selection = tree.ensemble = tree.refit = None
