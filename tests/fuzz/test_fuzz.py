"""Random keys, words, clicks, wheels and resizes on a search that never rests: no crash, no stuck state.

pytest -m fuzz                              # an hour
TUI_AIDE_FUZZ="600 7" pytest -m fuzz        # 600 seconds, from seed 7
"""

from __future__ import annotations

import asyncio
import io
import os
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.fuzz.busy import BusySearch
from tests.fuzz.monkey import Monkey
from tests.tui.filling import only_builtin, runners_ended
from tests.tui.recorded import RecordedSession
from tests.tui.watching import THEMES
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.screens.ask import QuestionDialog
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.keys import KeysScreen
from tui_aide.tui.screens.search import SearchScreen

EPISODE = 400
"""Things done to one app before the next begins."""


@pytest.fixture(autouse=True)
def _own_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "TUI_AIDE_ASCII", "USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TUI_AIDE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.chdir(tmp_path)


def _helps(app: TuiAideApp) -> bool:
    return isinstance(app.screen, KeysScreen)


def _state(app: TuiAideApp) -> str:
    """Return what stands on the screen, and where each task of the loop waits."""
    told = io.StringIO()
    for task in asyncio.all_tasks():
        task.print_stack(limit=12, file=told)
    rows = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
    return f"no help on {app.screen_stack}, focus {app.focused}, of {app.size}:\n{rows}\n{told.getvalue()}"


async def _answers(app: TuiAideApp, pilot: Pilot[str], monkey: Monkey) -> None:
    """Check that escape leads back to a screen whose help opens and closes: nothing is stuck."""
    await pilot.resize_terminal(120, 40)
    for _ in range(12):
        if isinstance(app.screen, SearchScreen | HomeScreen):
            break
        await pilot.press("y" if isinstance(app.screen, QuestionDialog) else "escape")
        await pilot.pause()
    for _ in range(4):  # out of a line that is typed into
        await pilot.press("escape")
    await pilot.pause()
    assert isinstance(app.screen, SearchScreen | HomeScreen), (app.screen, list(monkey.done))
    app.screen.set_focus(None)
    end = time.monotonic() + 60.0
    await pilot.press("f1")
    while not _helps(app):
        if time.monotonic() > end:
            raise AssertionError(_state(app))
        await pilot.pause()
        await asyncio.sleep(0.02)
    await pilot.press("escape")
    await pilot.pause()
    assert not _helps(app), list(monkey.done)
    assert len(app.screen.query("*")) < 400


async def _episode(place: Path, search: BusySearch, monkey: Monkey, number: int, end: float) -> None:
    """Let a random user work on one app for a while, from home or on the search alone."""
    home = number % 3 == 2
    app = TuiAideApp(
        None if home else search.folder,
        place=place if home else None,
        resume=lambda folder: search.resume() if folder.id == search.folder.id else None,
        list_models=only_builtin if home else None,
        theme_folders=lambda: [THEMES],
    )
    size = monkey.rng.choice(((80, 24), (120, 40), (200, 50)))
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        for step in range(EPISODE):
            if time.monotonic() > end or app._exit:
                break
            async with asyncio.timeout(600):  # eighty keys on a busy machine take a second and more each
                await monkey.act(app, pilot)
            if step % 100 == 99 and not app._exit:
                await _answers(app, pilot, monkey)
            if step % 60 == 59:
                search.begin()


async def _fuzz(tmp_path: Path, seconds: float, seed: int) -> int:
    place = tmp_path / "sessions"
    recorded = RecordedSession(place)
    for _ in range(5):
        recorded.valid(0.5, title="[/] 字 \x1b[31m")
    recorded.end()
    recorded.close()
    monkey, number, end = Monkey(seed), 0, time.monotonic() + seconds
    search = BusySearch(place)
    with runners_ended(place):
        try:
            while time.monotonic() < end:
                if number % 4 == 3:  # a fresh one, so that the tree stays of a size
                    await search.end()
                    search = BusySearch(place, f"busy-{number:04}")
                search.begin()
                try:
                    await _episode(place, search, monkey, number, end)
                except BaseException:
                    print(f"seed {seed}, thing {monkey.count}, last:", *monkey.done, sep="\n  ")
                    raise
                assert not search.failed(), (seed, list(monkey.done))
                number += 1
        finally:
            await search.end()
    return monkey.count


@pytest.mark.slow
async def test_half_a_minute_of_random_keys_breaks_nothing(tmp_path: Path) -> None:
    assert await _fuzz(tmp_path, 30.0, 1) > 3  # far more where the machine is not busy


@pytest.mark.fuzz
async def test_an_hour_of_random_keys_breaks_nothing(tmp_path: Path) -> None:
    seconds, _, seed = os.environ.get("TUI_AIDE_FUZZ", "3600").partition(" ")
    chosen = int(seed) if seed else int(time.time())
    print(f"seed {chosen}")
    print(f"{await _fuzz(tmp_path, float(seconds), chosen):,} things were done")
