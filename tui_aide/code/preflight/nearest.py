"""The name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """Return the known name nearest to `name` in spelling, empty where none is near.

    Args:
        name: what was written.
        known: what there is.
        cutoff: least similarity, 0..1, by difflib's ratio (Ratcliff and Metzener, 1988).
    """
    folded: dict[str, str] = {}
    for k in sorted(known):
        folded.setdefault(k.casefold(), k)
    match = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[match[0]] if match else ""


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def hint(name: str) -> str:
    """Return the end of a message that proposes `name`, empty for an empty name."""
    return f"; did you mean {name!r}?" if name else ""
