"""A picture of a screen as text: its characters, and for each theme what style which cells have."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec
from rich.style import Style
from textual.app import App
from textual.geometry import Region

_NAMES = [*string.ascii_lowercase, *("".join(p) for p in itertools.product(string.ascii_lowercase, repeat=2))]


class Picture(msgspec.Struct, frozen=True):
    """What stands on a screen under one theme.

    Attributes:
        rows: the characters, without the blanks at each row's end.
        legend: the styles in the order in which they appear.
        runs: a line (`a12 b3`) for each row; `=` where a row is like the one above.
    """

    rows: tuple[str, ...]
    legend: tuple[str, ...]
    runs: tuple[str, ...]

    @classmethod
    def of(cls, app: App[str], region: Region | None = None) -> Picture:
        """Take a picture of what an app shows, or of a part of it."""
        legend: dict[str, str] = {}
        rows: list[str] = []
        runs: list[str] = []
        part = region or app.screen.region
        for strip in app.screen._compositor.render_strips()[part.y : part.bottom]:
            cut = strip.crop(part.x, part.right)
            rows.append(cut.text.rstrip())
            row = " ".join(_runs(((described(s.style or Style.null()), s.cell_length) for s in cut), legend))
            runs.append(row)
        same = ["=" if i and row == runs[i - 1] else row for i, row in enumerate(runs)]
        return cls(tuple(rows), tuple(f"{name}: {what}" for what, name in legend.items()), tuple(same))


def _runs(cells: Iterable[tuple[str, int]], legend: dict[str, str]) -> Iterator[str]:
    for what, group in itertools.groupby(cells, key=lambda cell: cell[0]):
        name = legend.setdefault(what, _NAMES[len(legend)])
        yield f"{name}{sum(length for _, length in group)}"


@lru_cache(maxsize=4096)
def described(style: Style) -> str:
    """Return a style in words: `#c0caf5 on #1a1b26 bold`."""
    words = [style.color.name if style.color else "default"]
    if style.bgcolor:
        words += ["on", style.bgcolor.name]
    words += [
        word for word in ("bold", "dim", "italic", "underline", "reverse", "strike") if getattr(style, word, False)
    ]
    return " ".join(words)


def page(pictures: dict[str, Picture]) -> str:
    """Return the text of a file: the characters, then each theme's styles; what is the same as before stands once."""
    blocks: list[str] = []
    rows: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    for theme, picture in pictures.items():
        if picture.rows != rows:
            rows = picture.rows
            blocks += ["== text", *rows]
        blocks += [f"== {theme}", *picture.legend]
        if picture.runs != runs:
            runs = picture.runs
            blocks += ["--", *runs]
    return "\n".join(blocks) + "\n"
