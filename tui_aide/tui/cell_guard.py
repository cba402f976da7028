"""The last look at what is drawn: no cell holds an order to the terminal, whichever widget drew it."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_ORDERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class CellGuard(LineFilter):
    """Takes control, bidirectional and surrogate characters out of rows; each row keeps its width.

    Our own widgets clean what they show. Textual's show a value as it is: a path with an escape sequence in its name,
    chosen in a form, would go to the terminal.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return a row's segments, the same where nothing is wrong."""
        if not any(_ORDERS.search(text) for text, _, control in segments if not control):
            return segments
        return [
            Segment(_ORDERS.sub(_blank, text), style) if not control else Segment(text, style, control)
            for text, style, control in segments
        ]


def _blank(match: re.Match[str]) -> str:
    return "\ufffd" * cell_len(match[0])
