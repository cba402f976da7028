"""The end of a script's output as models are told it: what a person would have seen of it."""

from __future__ import annotations

from tui_aide.code.terminal_text import fold_output
from tui_aide.engine.store import Store

_WINDOWS = (10, 200)
"""So many bytes are read for each character asked for, more where progress bars leave too little of the first."""


def told_output(store: Store, node: int, name: str, characters: int) -> str:
    """Return the last characters of an output file, progress bars folded; empty where there is none."""
    text = ""
    for window in _WINDOWS:
        raw = store.read(node, name, tail=window * characters)
        text = fold_output(raw)
        if len(text) >= characters or len(raw) < window * characters // 4:
            break
    return text[-characters:]
