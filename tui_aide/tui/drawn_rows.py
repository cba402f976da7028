"""The drawn rows of widgets that are gone, which Textual goes on holding."""

from __future__ import annotations

from textual._styles_cache import StylesCache

MANY = 64
"""More entries than the widgets of one screen make."""


def forget_closed() -> None:
    """Free the rows of screens and messages that were closed.

    Textual 8.2 remembers a result for each of the last 1,024 pairs of colours and `StylesCache`s, and so holds what
    1,024 widgets had drawn: 0.3 MB for each time that a picker was open over a large screen. The results cost nothing
    to find again.
    """
    remembered = StylesCache.get_inner_outer
    if remembered.cache_info().currsize > MANY:
        remembered.cache_clear()
