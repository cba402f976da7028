from __future__ import annotations

from pathlib import Path

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.tui.figures import ago


async def test_the_tree_takes_the_rows_of_live_panes_where_nothing_runs(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, SMALL) as w:
        await w.until(lambda: w.search.tree_view.size.height == 20)


async def test_the_live_pane_shrinks_while_nothing_runs_and_comes_back(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live, SMALL) as w:
        await w.until(lambda: w.search.tree_view.size.height == 17)
        live.execute(live.begin())
        await w.until(lambda: w.search.tree_view.size.height == 12)


async def test_the_command_that_resumes_is_never_cut(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path, "friedman-v1-otter-with-long-name-2532")
    try:
        session.valid(0.8)
        session.end()
        for size in (SMALL, (60, 16)):
            async with watching(session, size) as w:
                await w.shows("tui-aide resume friedman-v1-otter-with-long-name-2532")
    finally:
        session.close()


async def test_the_tab_line_says_how_to_switch(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, SMALL) as w:
        await w.shows("tab switches")


async def test_help_and_quit_stay_in_the_narrowest_footer(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live, (60, 16)) as w:
        footer = w.screen_text().splitlines()[-1]
        assert "? Help" in footer
        assert "q Quit" in footer
        assert "space Pause" in footer
        assert len(footer.rstrip()) <= 60


def test_an_age_grows_by_seconds() -> None:
    assert [ago(s) for s in (1, 35, 59.9, 60, 660, 7200)] == [
        "just now",
        "35 s ago",
        "59 s ago",
        "1 min ago",
        "11 min ago",
        "2 h ago",
    ]


async def test_a_cut_title_takes_the_room_there_is(session: RecordedSession) -> None:
    node = session.begin()
    plan = "Blend in a small neural network: blend of trees and a network. It learns the logarithm."
    session.execute(node, title="Blend in a small neural network: blend of…", plan=plan)
    session.finish(node, 0.8)
    async with watching(session, WIDE) as w:
        row = w.screen_text().splitlines()[2][:76]
        assert "Blend in a small neural network: blend of trees" in row
        assert "0.8000" in row


async def test_the_live_view_has_one_pane_where_nothing_runs(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, SMALL) as w:
        await w.press("tab", "tab")
        await w.shows("Nothing runs now.")
        assert [w.search.query_one(f"#live-{i}").display for i in range(3)] == [True, False, False]
