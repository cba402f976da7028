"""A session with a long journal: the screen stands first, then what happened comes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.attach import generate
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.screens.search import SearchScreen


async def test_a_long_journal_is_read_after_the_first_paint(tmp_path: Path) -> None:
    folder = generate(tmp_path, "large", 700, 0)
    assert folder.journal.stat().st_size > 1_000_000
    app = TuiAideApp(folder)
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        for _ in range(50):
            if screen.feed.tree.finished_count == 700 and screen.tree_view.cursor is not None:
                break
            await pilot.pause(0.05)
        assert screen.feed.tree.finished_count == 700
        assert screen.tree_view.cursor == screen.feed.tree.incumbent
