"""The line of a replay's controls: whether it plays, how fast, and where it stands, as a bar that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from tui_aide.tui.documents import Span
from tui_aide.tui.figures import duration
from tui_aide.tui.glyphs import GLYPHS

Row = Sequence[Span]

_LEAST_BAR = 12


class Position(msgspec.Struct, frozen=True):
    """Where a replay stands.

    `elapsed` of `total` are seconds for which the search ran; `node` is the newest one, None before the first, of
    `nodes`; `event` of `events` counts from 1; `marks` are where the best node changed, as shares 0..1; `clock` is the
    time of day.
    """

    playing: bool
    speed: float
    elapsed: float
    total: float
    node: int | None
    nodes: int
    event: int
    events: int
    marks: tuple[float, ...]
    clock: str

    @property
    def share(self) -> float:
        """How far it is, 0..1."""
        return min(1.0, self.elapsed / self.total) if self.total > 0 else 1.0


class Transport(msgspec.Struct, frozen=True):
    """The line, and where its parts stand: `sign` cells from the left are the sign to play, the bar begins at `bar`."""

    row: Row
    sign: int
    bar: int
    width: int

    def share_at(self, x: int) -> float | None:
        """Return the share 0..1 of the recording that a cell of the bar stands for; None beside the bar."""
        if not self.bar <= x < self.bar + self.width:
            return None
        return (x - self.bar) / max(1, self.width - 1)


def transport(at: Position, width: int) -> Transport:
    """Return the line at a width in cells; where there is no room the event goes first, then the time of day."""
    ended = at.share >= 1.0
    sign = f" {GLYPHS.play if at.playing else GLYPHS.ended if ended else GLYPHS.pause} "
    speed = f"{at.speed:g}{GLYPHS.times}"
    head: list[Span] = [
        (" REPLAY ", "key"),
        (sign, "live" if at.playing else "warn"),
        (f"{speed:<6}", "strong" if at.playing else "muted"),
    ]
    node = "no node yet" if at.node is None else f"#{at.node} of {at.nodes}"
    tail: list[Span] = [(f" {duration(at.elapsed)}", "strong"), (f" / {duration(at.total)}", "muted")]
    for text, style in (
        (node, ""),
        (at.clock, "muted"),
        (f"event {at.event}/{at.events}", "faint"),
    ):
        more = [(f"  {GLYPHS.separator} ", "faint"), (text, style)]
        if _cells(head) + _cells(tail) + _cells(more) + 2 * _LEAST_BAR <= width:
            tail += more
    begin = _cells(head)
    cells = max(_LEAST_BAR, width - begin - _cells(tail) - 1)
    return Transport([*head, *_bar(at, cells), *tail], _cells(head[:1]), begin, cells)


def _bar(at: Position, cells: int) -> list[Span]:
    """Return the bar: what is played is full, and a sign stands where the best node changed."""
    here = round(at.share * (cells - 1))
    best = {round(m * (cells - 1)) for m in at.marks}
    spans: list[Span] = []
    for cell in range(cells):
        played = cell <= here
        if cell == here:
            text, style = GLYPHS.head, "strong"
        elif cell in best:
            text, style = GLYPHS.best, "best" if played else "muted"
        else:
            text, style = (GLYPHS.track, "live") if played else (GLYPHS.track, "faint")
        if spans and spans[-1][1] == style:
            spans[-1] = (spans[-1][0] + text, style)
        else:
            spans.append((text, style))
    return spans


def _cells(spans: Sequence[Span]) -> int:
    return sum(cell_len(text) for text, _ in spans)
