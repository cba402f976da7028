"""The styles that spans name, from a theme's variables. Looked up here, since style sheets would cost a rule each
for every widget at every change of the focus."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from rich.style import Style
from textual.color import Color, ColorParseError


class Look(msgspec.Struct, frozen=True):
    """How a named style looks. `colours` are theme variables, the first one that the theme has is taken."""

    colours: tuple[str, ...] = ()
    alpha: float = 1.0
    ground: tuple[str, ...] = ()
    bold: bool = False
    italic: bool = False
    underline: bool = False


LOOKS: dict[str, Look] = {
    "muted": Look(("muted", "foreground"), 0.68),
    "faint": Look(("faint", "foreground"), 0.54),
    "strong": Look(bold=True),
    "title": Look(("secondary", "primary"), bold=True),
    "good": Look(("success",)),
    "bad": Look(("error",)),
    "warn": Look(("warning",)),
    "best": Look(("accent",), bold=True),
    "live": Look(("primary",)),
    "accent": Look(("accent",)),
    "key": Look(("accent",), bold=True),
    "cursor": Look(("block-cursor-foreground",), ground=("block-cursor-background",), bold=True),
    "weak-cursor": Look(ground=("block-cursor-blurred-background",), bold=True),
    "added": Look(("success",)),
    "removed": Look(("error",)),
    "added-part": Look(("success",), bold=True, underline=True),
    "removed-part": Look(("error",), bold=True, underline=True),
    "hunk": Look(("secondary",)),
    "match": Look(("accent",), underline=True),
    "code-keyword": Look(("code-keyword", "secondary", "primary")),
    "code-string": Look(("code-string", "success")),
    "code-number": Look(("code-number", "warning")),
    "code-comment": Look(("code-comment", "foreground"), 0.9, italic=True),
    "code-function": Look(("code-function", "primary")),
    "code-type": Look(("code-type", "accent")),
    "code-parameter": Look(("code-parameter", "foreground")),
    "code-operator": Look(("foreground",), 0.75),
    "code-decorator": Look(("code-type", "accent")),
}
"""Every name that a span may have, beside "" for the widget's own style."""


def span_style(name: str, variables: Mapping[str, str], ground: Color) -> Style:
    """Return the style of a name as a layer over a widget's own.

    Args:
        name: one of `LOOKS`.
        variables: the theme's, by name.
        ground: the widget's background, which transparent colours are mixed with.
    """
    look = LOOKS[name]
    under = _colour(look.ground, variables, ground)
    below = ground + under if under else ground
    style = Style(bold=look.bold or None, italic=look.italic or None, underline=look.underline or None)
    if (colour := _colour(look.colours, variables, below)) is not None:
        style += Style(color=(below + colour.multiply_alpha(look.alpha)).rich_color)
        if look.alpha < 1 and colour.ansi is not None:  # the terminal's own colours do not mix
            style += Style(dim=True)
    if under is None:
        return style
    undimmed = Style(dim=False) if look.colours else Style()
    return style + undimmed + Style(bgcolor=below.rich_color)


def _colour(names: tuple[str, ...], variables: Mapping[str, str], ground: Color) -> Color | None:
    for name in names:
        if value := variables.get(name):
            if value.startswith("auto"):
                share = value.removeprefix("auto").strip().rstrip("%")
                return ground.get_contrast_text(float(share) / 100 if share else 1.0)
            try:
                return Color.parse(value)
            except ColorParseError:
                continue
    return None
