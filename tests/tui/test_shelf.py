from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions.made import make_session
from tests.tui.watching import SMALL, WIDE, Watcher, watching
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.places import all_sessions
from tui_aide.tui.widgets.session_list import SessionList


async def _loaded(w: Watcher) -> SessionList:
    found = w.app.screen.query_one(SessionList)
    await w.until(lambda: found.loaded)
    return found


def names(place: Path) -> list[str]:
    return sorted(f.id for f in all_sessions(place))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_session_is_renamed(tmp_path: Path, size: tuple[int, int]) -> None:
    make_session(tmp_path, "one")
    async with watching(place=tmp_path, size=size) as w:
        sessions = await _loaded(w)
        await w.press("n")
        await w.shows("Rename one")
        await w.press("-", "t", "w", "o", "enter")
        await w.until(lambda: [c.folder.id for c in sessions.cards] == ["one-two"])
    assert names(tmp_path) == ["one-two"]


async def test_a_session_is_forked(tmp_path: Path) -> None:
    make_session(tmp_path, "one")
    async with watching(place=tmp_path) as w:
        sessions = await _loaded(w)
        await w.press("f")
        await w.shows("Fork one")
        await w.press("ctrl+u", "#", "0", "enter")
        await w.until(lambda: len(sessions.cards) == 2)
        await w.press("f")
        await w.press("ctrl+u", "7", "enter")
        await w.shows("has no node #7")
    (fork,) = [n for n in names(tmp_path) if n != "one"]
    assert fork.startswith("toy-")


async def test_a_session_is_deleted_only_when_the_user_is_sure(tmp_path: Path) -> None:
    make_session(tmp_path, "one")
    lock = WriterLock(make_session(tmp_path, "live"))
    async with watching(place=tmp_path) as w:
        sessions = await _loaded(w)
        for name in ("live", "one"):
            sessions.cursor = [c.folder.id for c in sessions.cards].index(name)
            await w.press("d")
            if name == "live":
                await w.shows("live is running")
        await w.shows("Delete one?")
        await w.press("n")
        assert names(tmp_path) == ["live", "one"]
        await w.press("d")
        await w.shows("Delete one?")
        await w.press("y")
        await w.until(lambda: [c.folder.id for c in sessions.cards] == ["live"])
    lock.release()
    assert names(tmp_path) == ["live"]


async def test_with_no_session_there_is_nothing_to_do(tmp_path: Path) -> None:
    async with watching(place=tmp_path / "none") as w:
        await _loaded(w)
        for key in ("n", "f", "d"):
            await w.press(key)
        await w.shows("There is no session yet.")
