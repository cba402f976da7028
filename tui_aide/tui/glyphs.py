"""The one table of signs on the screen, in Unicode and in ASCII. No emoji, none of ambiguous width."""

from __future__ import annotations

import os

import msgspec


class Glyphs(msgspec.Struct):
    """Signs by meaning; each is one cell wide; `bars` is a sequence of such."""

    valid: str = "✓"
    buggy: str = "✗"
    best: str = "★"
    handed_in: str = "◆"
    live: str = "◐"
    cancelled: str = "⊘"
    suspect: str = "?"
    queued: str = "·"
    opened: str = "▾"
    closed: str = "▸"
    cursor: str = "▌"
    tee: str = "├"
    corner: str = "└"
    down: str = "│"
    across: str = "─"
    full: str = "█"
    empty: str = "░"
    thumb: str = "▐"
    plus_minus: str = "±"
    ellipsis: str = "…"
    dot: str = "·"
    separator: str = "│"
    user: str = "»"
    warning: str = "!"
    merge: str = "+"
    candidate: str = "◦"
    mark: str = "◂"
    marked: str = "▪"
    chosen: str = "◉"
    degree: str = "°"
    stderr: str = "▎"
    play: str = "▶"
    pause: str = "‖"
    ended: str = "■"
    times: str = "×"
    dashes: str = "╌"
    track: str = "━"
    head: str = "●"
    bars: str = "▁▂▃▄▅▆▇█"


ASCII = Glyphs(
    valid="+",
    buggy="x",
    best="*",
    handed_in="@",
    live="o",
    cancelled="-",
    queued=".",
    opened="v",
    closed=">",
    cursor=">",
    tee="|",
    corner="`",
    down="|",
    across="-",
    full="#",
    empty=".",
    thumb="#",
    plus_minus="~",
    ellipsis="~",
    dot="-",
    separator="|",
    user=">",
    candidate=":",
    mark="<",
    marked="&",
    chosen="=",
    degree=" ",
    stderr="!",
    play=">",
    pause="=",
    ended="|",
    times="x",
    dashes="-",
    track="-",
    head="O",
    bars="_.-=+*#@",
)
UNICODE = Glyphs()


def choose_glyphs(environ: os._Environ[str] | dict[str, str] = os.environ, choice: str = "auto") -> Glyphs:
    """Return the table for this terminal.

    Args:
        environ: TUI_AIDE_ASCII and the locale.
        choice: of the settings: "unicode", "ascii", or "auto": ASCII where TUI_AIDE_ASCII is set or the locale is not
            UTF-8. TUI_AIDE_ASCII holds against "unicode", too: it is said for this one terminal.
    """
    if environ.get("TUI_AIDE_ASCII") or choice == "ascii":
        return ASCII
    if choice == "unicode":
        return UNICODE
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "UTF-8"
    plain = locale.upper().replace("-", "")
    return ASCII if plain in ("C", "POSIX") or ("UTF8" not in plain and "." in plain) else UNICODE


GLYPHS = Glyphs()
"""The signs in use; look them up when drawing, as they can change meanwhile."""


def use_glyphs(table: Glyphs) -> bool:
    """Draw with another table from now on; return whether it is another."""
    if table == GLYPHS:
        return False
    for name in Glyphs.__struct_fields__:
        setattr(GLYPHS, name, getattr(table, name))
    return True


use_glyphs(choose_glyphs())
