"""What the replay's screen draws from figures where it differs from the search's: the line of controls."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui_aide.tui.boards import Row, status_row
from tui_aide.tui.moment import Moment
from tui_aide.tui.screens.drawing import Drawing
from tui_aide.tui.transport import Position, transport
from tui_aide.tui.widgets.transport_line import TransportLine

if TYPE_CHECKING:
    from tui_aide.tui.screens.replay import ReplayScreen


class ReplayDrawing(Drawing):
    """Draws a replay's figures."""

    leaving = "."

    def __init__(self, screen: ReplayScreen) -> None:
        super().__init__(screen)
        self._replay = screen

    def gauges(self, moment: Moment, width: int) -> Row:
        """Return the controls; they are always in view."""
        line = transport(self._position(), width)
        self._replay.query_one(TransportLine).transport = line
        return line.row

    def status(self, moment: Moment, width: int, *, gauges: bool) -> Row:
        """Return the top line; the servers have no gauges here, so that they need its words."""
        return status_row(self._replay.feed.tree, moment, width, gauges=False)

    def footer_labels(self) -> dict[str, str]:
        """Return the label of the key that plays."""
        clock = self._replay.replay.clock
        return {"replay.play": "Again" if clock.at_end else "Pause" if clock.playing else "Play"}

    def _position(self) -> Position:
        feed, recording = self._replay.replay, self._replay.replay.recording
        total = recording.elapsed(recording.end)
        nodes = feed.tree.nodes
        return Position(
            playing=feed.clock.playing and not feed.clock.at_end,
            speed=feed.clock.speed,
            elapsed=recording.elapsed(feed.clock.time),
            total=total,
            node=len(nodes) - 1 if nodes else None,
            nodes=len(recording.work.nodes),
            event=feed.count,
            events=len(recording.events),
            marks=tuple(recording.elapsed(m) / total for m in recording.marks) if total else (),
            clock=time.strftime("%H:%M:%S", time.localtime(feed.clock.time)),
        )
