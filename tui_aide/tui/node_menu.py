"""The menu of a node: what keys do to the node under the cursor, for a mouse and for who does not know the keys yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_aide.tui.actions import Action, first_key
from tui_aide.tui.screens.menu import Choice, MenuDialog

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen

_OF_A_NODE = (
    *("search.branch", "search.branch_several", "search.edit", "search.retry", "search.prune", "search.undo"),
    *("search.pin", "search.pause_branch", "search.kill"),
    *("tree.mark", "tree.compare", "node.copy", "node.copy_path", "node.export"),
)
"""Actions that the menu offers, in its order, where the screen has them; a replay has none that steer."""


def choices(actions: Sequence[Action]) -> dict[str, tuple[Action, Choice]]:
    """Return the menu's actions and rows by what takes them: the action's key, a figure for one that has none."""
    known = {action.id: action for action in actions}
    found: dict[str, tuple[Action, Choice]] = {}
    for name in _OF_A_NODE:
        if (action := known.get(name)) is not None:
            key = first_key(action)
            if len(key) != 1 or key in found:
                key = next(figure for figure in "0123456789abcdefghijklmnop" if figure not in found)
            found[key] = action, Choice(key, action.label, action.description)
    return found


def open_menu(screen: SearchScreen) -> None:
    """Ask what to do to the node under the cursor, and do it."""
    node = screen.tree_view.node
    if node is None:
        screen.say("There is no node yet.", error=True)
        return
    offered = choices(screen.actions)

    def chosen(key: str | None) -> None:
        if key in offered:
            screen.call_later(screen.run_action, offered[key][0].target)

    screen.app.push_screen(MenuDialog(f"Node #{node.id}", [choice for _, choice in offered.values()]), chosen)
