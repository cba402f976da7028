"""Untrusted text made safe and short enough for a terminal cell grid. No widget and no colour is known here."""

from __future__ import annotations

import re
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from tui_aide.code.terminal_text import clean as clean
from tui_aide.code.terminal_text import fold_returns as fold_returns
from tui_aide.tui.glyphs import GLYPHS

_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]{0,512}|[ -/]*)?\Z")


def one_line(text: str) -> str:
    """Return text cleaned and on one line, runs of blanks as one."""
    return " ".join(clean(text).split())


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


def fit(text: str, width: int, *, ellipsis: str = "") -> str:
    """Return text cut or padded to exactly `width` cells; the sign of a cut is the table's, if none is given."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    ellipsis = ellipsis or GLYPHS.ellipsis
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


def short_path(path: Path) -> str:
    """Return a path in one line, as a shell would show it: `~` stands for the user's home."""
    try:
        inside = path.absolute().relative_to(Path.home())
    except (ValueError, RuntimeError):  # elsewhere, or there is no home
        return one_line(str(path))
    return one_line(str(Path("~") / inside))
