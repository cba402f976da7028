"""Filling in the form of a new search in tests, by keys and by the mouse, and ending what it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.widget import Widget

from tests.tui.watching import Watcher
from tui_aide.tui.model_cards import ModelCard
from tui_aide.tui.order_desk import OrderDesk
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.new_search import NewSearchScreen
from tui_aide.tui.widgets.form_field import FormField


async def only_builtin() -> list[ModelCard]:
    return [ModelCard("builtin")]


@contextmanager
def runners_ended(place: Path) -> Iterator[None]:
    """Kill the runners of the sessions in a place afterwards."""
    try:
        yield
    finally:
        for address in place.glob("*/runner.json"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(json.loads(address.read_text())["pid"]), signal.SIGKILL)


class Filler:
    """A form that is open on a watched app."""

    def __init__(self, watcher: Watcher) -> None:
        self.w = watcher

    @classmethod
    async def open(cls, watcher: Watcher) -> Filler:
        """Press the key of a new search on the home screen."""
        await watcher.until(lambda: isinstance(watcher.app.screen, HomeScreen) and watcher.app.screen.sessions.loaded)
        await watcher.press("N")
        return await cls.opened(watcher)

    @classmethod
    async def opened(cls, watcher: Watcher) -> Filler:
        """Wait for a form that was asked for."""
        await watcher.until(lambda: isinstance(watcher.app.screen, NewSearchScreen) and watcher.app.focused)
        return cls(watcher)

    @property
    def screen(self) -> NewSearchScreen:
        found = next(s for s in self.w.app.screen_stack if isinstance(s, NewSearchScreen))
        return found

    @property
    def desk(self) -> OrderDesk:
        return self.screen.desk

    def field(self, key: str) -> FormField:
        return self.screen.field_widget(key)

    async def put(self, key: str, text: str) -> None:
        """Fill in a field as a paste does."""
        self.field(key).input.focus()
        self.field(key).input.value = text
        await self.w.pilot.pause()

    async def quiet(self) -> None:
        """Wait until nothing is looked up any more."""
        desk = self.desk
        await self.w.until(lambda: not desk.looking and not desk.checking and desk.sessions is not None, 30)

    async def ready(self) -> None:
        """Wait until the search can be started."""
        await self.w.until(lambda: self.desk.ready, 30)

    async def wrong(self, key: str, words: str) -> None:
        """Wait until words stand at a field, and nowhere can a search be started."""
        await self.w.until(lambda: words in self.field(key).problem, 30)
        assert not self.desk.ready
        assert self.screen.query_one("#start").disabled

    async def click(self, widget: Widget) -> None:
        """Click where a widget is drawn."""
        region = widget.region
        await self.w.pilot.click(offset=(region.x + region.width // 2, region.y))
        await self.w.pilot.pause()

    async def click_text(self, text: str) -> None:
        """Click a text that stands on the screen."""
        await self.w.shows(text)
        rows = self.w.screen_text().split("\n")
        y = next(i for i, row in enumerate(rows) if text in row)
        await self.w.pilot.click(offset=(rows[y].index(text) + 1, y))
        await self.w.pilot.pause()
