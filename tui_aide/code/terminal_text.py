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
    + [0xAD, 0x200B, 0x200E, 0x200F, 0xFEFF]
    + list(range(0x2028, 0x202F))
    + list(range(0x2066, 0x206A))
)
_TABS: dict[int, str | None] = {**_INVISIBLE, 9: "    "}
_LONGEST = 2_000


def clean(text: str) -> str:
    """Return text without escape sequences, control, separating and bidirectional characters; newlines, CR stay."""
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    return text.translate(_TABS)


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
