"""Untrusted text made safe and short enough for a terminal cell grid. No widget and no colour is known here."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC with their text
    r"|\x1b[ -/]*[0-~]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]{0,512}|[ -/]*)?\Z")
_INVISIBLE = dict.fromkeys(
    [c for c in range(32) if c not in (9, 10, 13)]
    + list(range(0x7F, 0xA0))
    + [0xAD, 0x200B, 0x200E, 0x200F, 0xFEFF]
    + list(range(0x202A, 0x202F))
    + list(range(0x2066, 0x206A))
)
_TABS: dict[int, str | None] = {**_INVISIBLE, 9: "    "}


def clean(text: str) -> str:
    """Return text without escape sequences, control and bidirectional characters; newlines and CR stay."""
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    return text.translate(_TABS)


def one_line(text: str) -> str:
    """Return text cleaned and on one line, runs of blanks as one."""
    return " ".join(clean(text).split())


def fold_returns(line: str) -> str:
    """Return what a terminal shows of a line with carriage returns: the text after the last one that wrote any."""
    if "\r" not in line:
        return line
    return next((part for part in reversed(line.split("\r")) if part), "")


class StreamCleaner:
    """Cleans text that comes in pieces: an escape sequence cut in two by a piece's end is waited for."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the clean part of what came so far."""
        text = self._held + text
        self._held = ""
        if cut := _UNFINISHED.search(text):
            self._held = text[cut.start() :]
            text = text[: cut.start()]
        return clean(text.replace("\r\n", "\n"))


def fit(text: str, width: int, *, ellipsis: str = "…") -> str:
    """Return text cut or padded to exactly `width` cells."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - cell_len(ellipsis)) + ellipsis


def fit_right(text: str, width: int) -> str:
    """Return text right-aligned in exactly `width` cells, cut where it is longer."""
    length = cell_len(text)
    return " " * (width - length) + text if length <= width else fit(text, width)


def wrap(line: str, width: int) -> list[str]:
    """Return a line broken at blanks into rows of at most `width` cells; a longer word is cut."""
    width = max(1, width)
    if line.isascii():
        return _wrap_ascii(line, width)
    rows: list[str] = []
    row, used = "", 0
    for word in re.findall(r"\s+|\S+", line):
        cells = cell_len(word)
        if used + cells <= width:
            row, used = row + word, used + cells
            continue
        if word.isspace():
            rows.append(row)
            row, used = "", 0
            continue
        if row.strip():
            rows.append(row.rstrip())
            row, used = "", 0
        if cells <= width:
            row, used = word, cells  # blanks before a word that fills its row are left out
            continue
        for char in word:
            size = cell_len(char)
            if used + size > width:
                rows.append(row)
                row, used = "", 0
            row, used = row + char, used + size
    rows.append(row)
    return rows


def _wrap_ascii(line: str, width: int) -> list[str]:
    size = len(line)
    if size <= width:
        return [line]
    rows: list[str] = []
    start = 0
    while size - start > width:
        cut = line.rfind(" ", start, start + width + 1)
        if cut <= start:
            cut = start + width
            rows.append(line[start:cut])
            start = cut
        else:
            rows.append(line[start:cut])
            start = cut + 1
    rows.append(line[start:])
    return rows
