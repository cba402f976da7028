"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from tui_aide.errors import closest


def nearest(name: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """Return the known name nearest to `name`, empty where none is as near as names in scripts must be."""
    return closest(name, known, cutoff)


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def hint(name: str) -> str:
    """Return the end of a message that proposes `name`, empty for an empty name."""
    return f"; did you mean {name!r}?" if name else ""
