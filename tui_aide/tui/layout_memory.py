"""How a search screen is laid out by the user: taken from the settings when it opens, kept there when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_aide.tui.preferences import preferences_of
from tui_aide.tui.settings import Layout

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen

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
            screen.set_class(self._layout.with_log, "with-log")
            screen.set_class(self._layout.zoomed, "zoomed")
        self.fit()

    def fit(self) -> None:
        """Give the tree its part of a wide screen; a small one has its own rules."""
        styles = self._screen.query_one("#left").styles
        share = self._layout.tree_share
        if self._screen.wide and share != Layout().tree_share:
            styles.width = f"{share}%"
            styles.min_width, styles.max_width = 24, "80%"
        else:
            for rule in ("width", "min_width", "max_width"):
                styles.clear_rule(rule)

    def keep(self) -> None:
        """Remember what is shown now; only a wide screen's layout is the user's."""
        screen = self._screen
        if screen.wide:
            for name, css_class in (("with_log", "with-log"), ("zoomed", "zoomed")):
                if getattr(self._layout, name) != screen.has_class(css_class):
                    preferences_of(screen.app).put(f"layout.{name}", screen.has_class(css_class))

    def widen(self, steps: int) -> None:
        """Give the tree more of a wide screen, or less."""
        if not self._screen.wide:
            return
        share = max(20, min(70, self._layout.tree_share + steps * STEP))
        preferences_of(self._screen.app).put("layout.tree_share", share)
        self.fit()
