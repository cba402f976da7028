"""Texts that try to command the terminal, to break the layout or to crash who shows them."""

from __future__ import annotations

import re

from rich.cells import cell_len

from tests.tui.watching import Watcher

HOSTILE: dict[str, str] = {
    "closing tag": "[/] [/b] [/@click]",
    "markup": "[bold red on blue]x[/bold] [@click=app.quit]quit[/] [link=file:///etc/passwd]y",
    "open tag": "[bold \\[ [",
    "colours": "\x1b[31;1mred\x1b[0m \x1b[2J\x1b[H\x1b[?1049l",
    "title": "\x1b]0;owned\x07 \x1b]52;c;aGk=\x1b\\ \x1b]8;;http://x\x1b\\link",
    "cut sequence": "\x1b[ \x1b] \x1bP \x1b",
    "c1": "\x9b31m \x9d0;owned\x9c \x90q\x9c",
    "wide": "宽字符，全角文字 ｆｕｌｌ 한국어",
    "emoji": "👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣ 🏴‍☠️",
    "combining": "e\u0301\u0302\u0303 Z\u0351\u036b\u0343\u036a" + "\u0301" * 2_000,
    "right to left": "\u202egpj.exe\u202c \u2066x\u2069 שלום مرحبا \u200f",
    "separators": "a\u2028b\u2029c\u0085d\x0be\x0cf",
    "control": "nul\x00bel\x07bs\x08\x08del\x7fso\x0e",
    "tabs and returns": "a\tb\t\tc\rbar 10%\rbar 100%",
    "invisible": "a\u200bb\u200dc\ufeffd\u00ade\U000e0041f",
    "long": "x" * 100_000,
    "long and wide": "宽" * 50_000,
}
"""What models, scripts and data may write, by what is evil about it; none has a line's end or half a surrogate pair."""

ORDERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What must never get into a cell."""


def sound(w: Watcher) -> None:
    """Assert that no cell of the screen holds an order to the terminal, and that each row is as wide as the screen."""
    width = w.app.size.width
    for y, strip in enumerate(w.app.screen._compositor.render_strips()):
        text = "".join(segment.text for segment in strip if not segment.control)
        assert not ORDERS.search(text), f"row {y}: {text!r}"
        assert cell_len(text) == width, f"row {y} has {cell_len(text)} cells of {width}: {text!r}"
        text.encode()
