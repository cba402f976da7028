"""What a terminal would show of output: escape sequences gone, overwritten lines as they were in the end."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC with their text
    r"|\x1b[ -/]*[0-~]"
)
_INVISIBLE = dict.fromkeys(
    [c for c in range(32) if c not in (9, 10, 13)]
    + list(range(0x7F, 0xA0))
    + [0xAD, 0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF]
    + list(range(0x2028, 0x202F))
    + list(range(0x2060, 0x2070))
    + list(range(0xFE00, 0xFE10))  # whether they widen a sign to two cells is where terminals differ
    + list(range(0xFFF9, 0xFFFC))
    + list(range(0x1F3FB, 0x1F400))  # so are the colours of skin: two cells of their own, or none
    + list(range(0xE0000, 0xE0080))
)
_TABS: dict[int, str | None] = {**_INVISIBLE, 9: "    "}
_LONE = re.compile("[\ud800-\udfff]")
_JOINED = re.compile("\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])")  # emoji stand apart: terminals differ in joining
_HEAP = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{8})"
                   "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_LONGEST = 2_000


def clean(text: str) -> str:
    """Return text without escape sequences, control, separating and bidirectional characters; newlines, CR stay.

    What is left takes as many cells in every terminal, and can be encoded: half a surrogate pair is a replacement
    character, joined emoji stand side by side, and of a heap of combining marks eight stay.
    """
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    text = text.translate(_TABS)
    if text.isascii():
        return text
    return _HEAP.sub(r"\1", _JOINED.sub("", _LONE.sub("\ufffd", text)))


def fold_returns(line: str) -> str:
    """Return what a terminal shows of a line with carriage returns: the text after the last one that wrote any."""
    if "\r" not in line:
        return line
    return next((part for part in reversed(line.split("\r")) if part), "")


def fold_output(text: str) -> str:
    """Return output for a reader with little room: cleaned, progress bars in their last state, long lines cut."""
    lines = [fold_returns(line) for line in clean(text.replace("\r\n", "\n")).split("\n")]
    return "\n".join(line if len(line) <= _LONGEST else _shortened(line) for line in lines)


def _shortened(line: str) -> str:
    kept = _LONGEST // 2
    return f"{line[:kept]} [... {len(line) - 2 * kept:,} characters ...] {line[-kept:]}"
