"""The main job from the first screen to the last, over a real runner: by keys alone, and by the mouse alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import MouseScrollDown

from tests.cli.program import write_task
from tests.tui.filling import Filler, only_builtin, runners_ended
from tests.tui.watching import USUAL, Watcher, watching
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.places import all_sessions
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.search import SearchScreen

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    write_task(tmp_path / "tiny")
    with runners_ended(tmp_path / "sessions"):
        yield tmp_path / "sessions"


async def _two_are_done(w: Watcher) -> None:
    await w.until(lambda: isinstance(w.app.screen, SearchScreen), 120)
    await w.until(lambda: w.search.feed.tree.finished_count >= 2, 180)


async def test_by_keys(place: Path, tmp_path: Path) -> None:
    async with watching(place=place, size=USUAL, list_models=only_builtin) as w:
        form = await Filler.open(w)
        await w.press(*"tin", "right")  # of "ti" there is a bundled task, too
        await w.until(lambda: form.field("task").input.value == "tiny/")
        await w.press(*["tab"] * 5, *"builtin")
        for _ in range(7):
            await w.press("down")
        await w.press(*"40")
        await form.ready()
        await w.press("ctrl+g")
        await _two_are_done(w)
        await w.press("g", "enter", "4")
        await w.until(lambda: w.search.node_panel.tab == "diff" and w.search.has_class("zoomed"))
        await w.press("escape", "b", *"try ridge", "enter")
        await w.until(lambda: any(n.instruction == "try ridge" for n in w.search.feed.tree.nodes.values()), 30)
        await w.press("g", "x")
        await w.until(lambda: w.search.feed.tree.nodes[0].pruned, 30)
        await w.press("u")
        await w.until(lambda: not w.search.feed.tree.nodes[0].pruned, 30)
        await w.press("E", "c")
        await w.until(lambda: [*tmp_path.glob("*.csv")], 30)
        await w.press("q")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))
        (session,) = all_sessions(place)
        assert is_running(session)


async def test_by_the_mouse(place: Path, tmp_path: Path) -> None:
    async with watching(place=place, size=USUAL, list_models=only_builtin) as w:
        await w.shows("No session yet.")
        rows = w.screen_text().split("\n")
        await w.pilot.click(offset=(rows[-1].index("New search") + 1, len(rows) - 1))
        form = await Filler.opened(w)
        await form.click(form.field("task").query("_Mark").first())
        await form.click_text("has the data of a task")
        await form.ready()
        await form.click(form.screen.query_one("#start"))
        await _two_are_done(w)
        tree = w.search.tree_view.content_region
        await w.pilot.click(offset=(tree.x + 12, tree.y))
        await w.until(lambda: w.search.tree_view.cursor == w.search.tree_view.rows.ids[0])
        first = w.search.feed.tree.nodes[w.search.tree_view.rows.ids[0]]
        await w.pilot.click(offset=(tree.x + 12, tree.y), button=3)
        await form.click_text("Take the node's branch out")
        await w.until(lambda: first.pruned, 30)
        await w.pilot.click(offset=(tree.x + 12, tree.y), button=3)
        await form.click_text("Bring back the pruned branch")
        await w.until(lambda: not first.pruned, 30)
        await form.click_text("4 Diff")
        await w.until(lambda: w.search.node_panel.tab == "diff")
        await form.click_text("3 Code")
        await w.until(lambda: w.search.node_panel.tab == "code")
        pane = w.search.node_panel.pane
        await w.until(lambda: pane.row_count() > pane.size.height)
        await w.pilot._post_mouse_events([MouseScrollDown], pane)
        await w.until(lambda: pane.first > 0)
        await form.click_text("Export")
        await form.click_text("a table of all nodes")
        await w.until(lambda: [*tmp_path.glob("*.csv")], 30)
        await form.click_text("q Quit")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))
        (session,) = all_sessions(place)
        assert is_running(session)
