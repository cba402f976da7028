"""Opening the app in a test, waiting for what it shows, and reading its screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.recorded import RecordedSession
from tui_aide.bench.run_folder import RunFolder
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.feed import SessionFeed
from tui_aide.tui.model_cards import ListModels
from tui_aide.tui.screens.search import SearchScreen

WIDE = (200, 50)
USUAL = (150, 40)
SMALL = (80, 24)
THEMES = Path(__file__).resolve().parent.parent.parent / "themes"


class Watcher:
    """One app under test."""

    def __init__(self, app: TuiAideApp, pilot: Pilot[str]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def search(self) -> SearchScreen:
        assert isinstance(self.app.screen, SearchScreen)
        return self.app.screen

    @property
    def connected(self) -> bool:
        """Whether the screen is connected to the runner."""
        feed = self.search.feed
        return isinstance(feed, SessionFeed) and feed.client is not None

    def screen_text(self) -> str:
        """Return what stands on the screen, row by row."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, condition: Callable[[], object], seconds: float = 8.0) -> None:
        """Wait until a condition holds; what is on the screen is the message of a failure."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("it did not come; the screen is:\n" + self.screen_text())
            await self.pilot.pause()
            await asyncio.sleep(0.01)

    async def shows(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        await self.until(lambda: text in self.screen_text())

    async def ticks(self, count: int) -> None:
        """Wait until the search screen has taken over what happened a number of times."""
        end = self.search.pulse.beats + count
        await self.until(lambda: self.search.pulse.beats >= end)

    async def enter(self, text: str) -> None:
        """Type a text into the input that has the focus, and enter it."""
        assert isinstance(self.app.focused, Input)
        self.app.focused.value = text
        await self.press("enter")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def watching(
    session: RecordedSession | SessionFolder | None = None,
    size: tuple[int, int] = USUAL,
    *,
    place: Path | None = None,
    resume: Callable[[SessionFolder], None] | None = None,
    list_models: ListModels | None = None,
    user_themes: Path | None = None,
    run: RunFolder | None = None,
) -> AsyncIterator[Watcher]:
    """Open the app on a session, on a place's home screen, or on a run of the bench."""
    folder = session.folder if isinstance(session, RecordedSession) else session
    themes = [THEMES, *([user_themes] if user_themes else [])]
    app = TuiAideApp(folder, place=place, resume=resume, list_models=list_models, run=run, theme_folders=lambda: themes)
    async with app.run_test(size=size, notifications=True) as pilot:
        watcher = Watcher(app, pilot)
        if folder is not None:
            await watcher.until(lambda: isinstance(app.screen, SearchScreen))
        await pilot.pause()
        yield watcher
