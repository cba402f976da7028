"""How a search screen is laid out by the user: taken from the settings when it opens, kept there when it changes.

Order, axis, tab and side by side are remembered, too. A filter is not: it hides nodes, and a session that opens with
some of them missing would lie about the search to whoever forgot it; its words mostly fit one search alone. Nor are
folds and marks, which are of nodes of one session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_aide.tui.preferences import preferences_of
from tui_aide.tui.settings import Layout

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen

FOLLOW = "follow"
"""The tab is the one that fits what the node does."""
_CLASSES = (("with_log", "with-log"), ("zoomed", "zoomed"), ("single", "single"))
STEP = 4
"""Percent by which a key changes the tree's part of the screen."""


class LayoutMemory:
    """The layout of one search screen."""

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen

    @property
    def _layout(self) -> Layout:
        return preferences_of(self._screen.app).settings.layout

    def restore(self) -> None:
        """Lay the screen out as the settings say."""
        screen = self._screen
        if screen.wide:
            for name, css_class in _CLASSES:
                screen.set_class(getattr(self._layout, name), css_class, update=False)
        self.fit()
        self._restore_view()

    def _restore_view(self) -> None:
        """Order, draw and open things as they were left."""
        screen, layout = self._screen, self._layout
        view, panel = screen.tree_view, screen.node_panel
        if layout.order != view.rows.order:
            view.put_in_order(layout.order, view.rows.filter)
        screen.drawing.put_axis(layout.curve)
        panel.put_split({"yes": True, "no": False}.get(layout.side_by_side))
        panel.keep_to(None if layout.tab == "follow" else layout.tab)

    def put(self, name: str, value: Any) -> None:
        """Remember one thing from now on, at any size of the screen."""
        if getattr(self._layout, name) != value:
            preferences_of(self._screen.app).put(f"layout.{name}", value)

    def fit(self) -> None:
        """Give the tree its part of a wide screen; a small one has its own rules."""
        self._hide()
        styles = self._screen.query_one("#left").styles
        share = self._layout.tree_share
        if self._screen.wide and share != Layout().tree_share:
            styles.width = f"{share}%"
            styles.min_width, styles.max_width = 24, "80%"
        else:
            for rule in ("width", "min_width", "max_width"):
                styles.clear_rule(rule)

    def zoom(self, zoomed: bool) -> None:
        """Show the node full screen, or no more."""
        self._put("zoomed", zoomed)

    def toggle(self, css_class: str) -> None:
        """Show the log, or the node without what runs below it; hide it, or show that, if so."""
        self._put(css_class, not self._screen.has_class(css_class))

    def _put(self, css_class: str, on: bool) -> None:
        self._screen.set_class(on, css_class, update=False)
        self._hide()
        self._screen.call_after_refresh(self.keep)  # it waits for the disk

    def _hide(self) -> None:
        """Hide what has no place on a wide screen now; a small one has its own rules.

        It is hidden by styles of its own: with rules for the screen's classes each change made all styles anew.
        """
        screen = self._screen
        log, zoomed, single = (screen.wide and screen.has_class(css_class) for _, css_class in _CLASSES)
        for name, hidden in (("left", zoomed), ("lower", zoomed or single or log), ("log", zoomed or single)):
            display = "none" if hidden else "block" if log and name == "log" else None
            screen.query_one(f"#{name}").styles.display = display

    def keep(self) -> None:
        """Remember what is shown now; only a wide screen's layout is the user's."""
        screen = self._screen
        if screen.wide:
            for name, css_class in _CLASSES:
                if getattr(self._layout, name) != screen.has_class(css_class):
                    preferences_of(screen.app).put(f"layout.{name}", screen.has_class(css_class))

    def widen(self, steps: int) -> None:
        """Give the tree more of a wide screen, or less."""
        if not self._screen.wide:
            return
        share = max(20, min(70, self._layout.tree_share + steps * STEP))
        preferences_of(self._screen.app).put("layout.tree_share", share)
        self.fit()
