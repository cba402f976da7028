"""The pulse of the search screen: its only timer, which takes over what happened, and draws each part in its turn."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.tui.feed import SessionFeed
from tui_aide.tui.spared import Spared
from tui_aide.tui.teller import Teller
from tui_aide.tui.waits import wait_of, waits

if TYPE_CHECKING:
    from tui_aide.tui.screens.search import SearchScreen

BEAT_SECONDS = 0.1
REST_BEATS = 5
"""Where nothing lives, only each of so many beats draws, unless the journal or the status is another by then."""
_PAINT_SECONDS = 0.05
"""The first layout asks for some more, which are drawn by then."""
_LONG_BYTES = 1_000_000
"""A journal of this size is folded in about 50 ms."""
_SLICE_BYTES = 1 << 17
_BETWEEN_SECONDS = 0.002
"""Of a long journal so much is folded at a time, and so long keys have the loop to themselves in between."""


class Pulse:
    """Keeps one search screen up to date.

    Attributes:
        beats: how many there were.
    """

    def __init__(self, screen: SearchScreen) -> None:
        self.beats = 0
        self._screen = screen
        self._stale = False
        self._status = ""
        self._spared = Spared()
        self._teller = Teller(screen, screen.feed) if isinstance(screen.feed, SessionFeed) else None

    def start(self) -> None:
        """Beat at once, and from now on every `BEAT_SECONDS`; a long journal is read after the first paint."""
        screen = self._screen
        if _long(screen.feed.folder.journal):
            screen.tree_view.empty = "Reading what has happened ..."
            screen.call_after_refresh(screen.set_timer, _PAINT_SECONDS, self._read_long)
        else:
            self._screen.feed.poll()
            self._begin()

    def _read_long(self) -> None:
        self._screen.run_worker(self._catch_up(), group="catch up")

    async def _catch_up(self) -> None:
        """Read a long journal, in slices, and say how far that is; then begin."""
        view, feed = self._screen.tree_view, self._screen.feed
        if isinstance(feed, SessionFeed):
            feed.poll(_SLICE_BYTES)
            while feed.behind:
                view.say(f"Reading what has happened ... {feed.view.share:.0%}")
                await asyncio.sleep(_BETWEEN_SECONDS)
                feed.poll(_SLICE_BYTES)
            self._spared.begin(len(feed.tree.nodes))
        self._begin()

    def _begin(self) -> None:
        self._screen.feed.look()
        if self._teller is not None:
            self._teller.listen()
        self.beat()
        self._screen.set_interval(BEAT_SECONDS, self._tick)

    def stop(self) -> None:
        """Give back what was taken for the session: the terminal's title, and what the collector was spared."""
        self._spared.end()
        if self._teller is not None:
            self._teller.stop()

    @property
    def resting(self) -> bool:
        """Whether nothing lives in the session, so that nothing moves by itself; a replay's clock may go on."""
        feed = self._screen.feed
        if not isinstance(feed, SessionFeed) or feed.behind:
            return False
        return not feed.live or (feed.status == "paused" and not feed.tree.running)

    def _tick(self) -> None:
        if self.resting and self.beats % REST_BEATS:
            feed = self._screen.feed
            if not feed.poll() and feed.status == self._status:
                self.beats += 1
                return
            self._take_over(changed=True)
        else:
            self.beat()

    def beat(self) -> None:
        """Take over what happened since the last one."""
        self._take_over(changed=self._screen.feed.poll())

    def _take_over(self, *, changed: bool) -> None:
        screen, feed = self._screen, self._screen.feed
        self._status = feed.status
        if screen.tree_view.solutions is not feed.tree:
            screen.drawing.take_tree()
        resting = self.resting
        if self.beats % 10 == 0:
            screen.run_worker(self._look(), exclusive=True, group="look")
        empty = "The journal cannot be read." if feed.error else self._waiting()
        cut_off = screen.cut_off
        moment, running = feed.moment(), feed.running()
        waiting = waits(moment)
        screen.tree_view.pump(running, moment.now, empty, cut_off=cut_off, waits=waiting)
        screen.node_panel.cut_off = cut_off
        node = screen.node_panel.node
        screen.node_panel.wait = wait_of(waiting, node.phase, running.get(node.id)) if node is not None else None
        deep = changed or self.beats % 5 == 0
        if screen.node_panel.display and (deep or (node is not None and not node.done)):
            screen.node_panel.update(deep=deep)
        if resting or self.beats % 3 == 0:
            screen.drawing.live_panes(waiting)
        self._stale |= changed
        if resting or (self._stale and self.beats % 2 == 0) or self.beats % 4 == 0:
            self._stale = False
            screen.drawing.boards()
        if self._teller is not None and self.beats % 10 == 0:
            self._teller.beat()
            if screen.is_current:
                self._spared.look(len(feed.tree.nodes))
        self.beats += 1

    def _waiting(self) -> str:
        """Return what the tree says while it has no node."""
        if self._screen.feed.status == "new":
            return "The search is being prepared ..."
        if self._screen.feed.live:
            return "The first draft is being prepared ..."
        return "This search has no node yet."

    async def _look(self) -> None:
        """Look whether the runner lives, and connect to it."""
        feed = self._screen.feed
        was_live = feed.live
        feed.look()
        if self._teller is not None:
            if was_live and feed.status == "interrupted":
                self._teller.interrupted()
            await self._teller.look_at_disk()
        await feed.connect()


def _long(journal: Path) -> bool:
    """Whether a journal takes so long to fold that the screen should stand before."""
    try:
        return journal.stat().st_size > _LONG_BYTES
    except OSError:
        return False
