"""The screen of a replay: the search screen at a time gone by, with a line of controls and keys of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.widgets import Input

from tui_aide.tui.actions import REPLAY, Action, bindings
from tui_aide.tui.replay_feed import ReplayFeed
from tui_aide.tui.replaying import REPLAY_USAGE, Replaying
from tui_aide.tui.screens.drawing import Drawing
from tui_aide.tui.screens.replay_drawing import ReplayDrawing
from tui_aide.tui.screens.search import SearchScreen
from tui_aide.tui.screens.search_css import SEARCH_CSS
from tui_aide.tui.widgets.board import Board
from tui_aide.tui.widgets.prompt_line import PromptLine
from tui_aide.tui.widgets.transport_line import TransportLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_aide.tui.steering import Steering

_AT_HOME = ("replay.start", "replay.end")


class ReplayScreen(SearchScreen):
    """Shows a recording. Nothing is sent and nothing written; keys that steer say so."""

    CSS = SEARCH_CSS.replace("SearchScreen", "ReplayScreen")  # a screen's rules hold for its own class only
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(a for a in REPLAY if a.id not in _AT_HOME),
        *bindings((a for a in REPLAY if a.id in _AT_HOME), priority=True),  # the tree has them for its ends
    ]
    actions: ClassVar[Sequence[Action]] = REPLAY
    gauges_line: ClassVar[type[Board]] = TransportLine

    def __init__(self, feed: ReplayFeed) -> None:
        self.replay = feed
        super().__init__(feed.folder, feed=feed)
        self._arriving = False
        self._goal: int | None = None

    @property
    def steering(self) -> Steering:
        """What takes the command line's words."""
        if self._steering is None:
            self._steering = Replaying(self)
        return self._steering

    def on_mount(self) -> None:
        """Follow the newest node from the beginning."""
        super().on_mount()
        self.tree_view.following = True
        prompt = self.query_one(PromptLine)
        prompt.usage, prompt.hint = (
            REPLAY_USAGE,
            "seek NODE, seek 50%, seek 12m30, speed 100, goto NODE   (tab completes)",
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a line that is being typed its own keys."""
        if action == "seek_share" and isinstance(self.focused, Input):
            return False
        return super().check_action(action, parameters)

    def make_drawing(self) -> Drawing:
        """Return what draws its figures."""
        return ReplayDrawing(self)

    def action_command(self, text: str = "") -> None:
        """Open the command line; a text that is begun for the user would steer."""
        if text:
            self.say(self.feed.refusal, error=True)
        else:
            super().action_command()

    # ---- moving in time

    def action_play(self) -> None:
        """Play, or stand still."""
        clock = self.replay.clock
        clock.play(not clock.playing or clock.at_end)
        self._arrive()

    def action_faster(self, step: int) -> None:
        """Play faster or slower."""
        self.replay.clock.faster(step)
        self.draw_boards()

    def set_speed(self, speed: float) -> None:
        """Play at a speed.

        Raises:
            UsageError: it is none.
        """
        self.replay.clock.speed = speed
        self.draw_boards()

    def action_step(self, events: int) -> None:
        """Stand still, and go some events on or back."""
        self.replay.step(events)
        self._arrive()

    def action_node_end(self, step: int) -> None:
        """Go to where the next node, or the one before, was done."""
        recording, here = self.replay.recording, self.replay.clock.time
        goal = recording.next_end(here) if step > 0 else recording.previous_end(here)
        if goal is None:
            goal = recording.end if step > 0 else recording.start
        self.seek(goal)

    def action_seek_share(self, share: float) -> None:
        """Go to a share 0..1 of the recording."""
        recording = self.replay.recording
        if share <= 0:
            self.seek(recording.start)
        elif share >= 1:
            self.seek(recording.end)
        else:
            self.seek(recording.at(share * recording.elapsed(recording.end)))

    def seek(self, goal: float, node: int | None = None) -> None:
        """Go to a time, in seconds since 1970, and put the cursor on a node that is there then."""
        self.replay.seek(goal)
        self._goal = node
        self._arrive()

    @on(TransportLine.Sought)
    def _sought(self, event: TransportLine.Sought) -> None:
        self.action_seek_share(event.share)

    @on(TransportLine.Toggled)
    def _toggled(self) -> None:
        self.action_play()

    def _arrive(self) -> None:
        """Show the time as soon as all that happened until then is folded."""
        if not self._arriving:
            self._arriving = True
            self.run_worker(self._fold_on(), group="arrive")

    async def _fold_on(self) -> None:
        try:
            while self.replay.behind:
                self.replay.fold()
                await asyncio.sleep(0)  # a key that waits is answered first
        finally:
            self._arriving = False
        self.pulse.beat()
        if (node := self._goal) in self.replay.tree.nodes and node is not None:
            self._goal = None
            self.go_to(node)
        self.draw_boards()
