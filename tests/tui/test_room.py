"""What the panes say of themselves, and the keys that give one of them more room."""

from __future__ import annotations

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, USUAL, WIDE, watching


async def test_plus_underscore_and_w_give_the_node_more_room(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    async with watching(session, USUAL) as w:
        screen = w.search
        lower, left = screen.query_one("#lower"), screen.query_one("#left")
        await w.press("plus")
        await w.until(lambda: not left.display and not lower.display)
        await w.press("underscore")
        await w.until(lambda: left.display and lower.display)
        assert screen.tree_view.has_focus
        height = screen.node_panel.size.height
        await w.press("W")
        await w.until(lambda: not lower.display and screen.node_panel.size.height > height)
        assert left.display
    async with watching(session, USUAL) as w:
        await w.until(lambda: not w.search.query_one("#lower").display)
        await w.press("W")
        await w.until(lambda: w.search.query_one("#lower").display)
    async with watching(session, SMALL) as w:
        await w.press("W")
        await w.until(lambda: w.search.view == "node")
        await w.press("underscore")
        assert w.search.view == "tree"


async def test_the_nodes_title_tells_its_ancestors(session: RecordedSession) -> None:
    for parent in range(5):
        session.valid(0.8, *((parent - 1,) if parent else ()), title=f"step {parent}")
    async with watching(session, WIDE) as w:
        w.search.tree_view.go(1)
        await w.shows("✓ #0 ▸ #1 step 1")
        w.search.tree_view.go(4)
        await w.shows("✓ … ▸ #1 ▸ #2 ▸ #3 ▸ #4 step 4")
    async with watching(session, SMALL) as w:
        w.search.tree_view.go(1)
        await w.press("2")
        await w.ticks(3)
        assert "▸ #1" not in w.screen_text()


async def test_the_tree_says_what_its_columns_are_and_that_it_follows(live: RecordedSession) -> None:
    live.valid(0.8, best=True)
    live.begin(0)
    async with watching(live, WIDE) as w:
        await w.shows("roc_auc  change")
        assert "following live" not in w.screen_text()
        await w.press("full_stop")
        await w.shows("Tree  following live")
        await w.press("up")
        await w.until(lambda: "following live" not in w.screen_text())
        await w.shows("t by time")
        await w.press("t")
        await w.shows("t by tokens")


async def test_the_run_tells_its_failures_share_and_its_tokens_both_ways(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    broken = session.begin(0)
    session.execute(broken)
    session.finish(broken, None)
    async with watching(session, WIDE) as w:
        await w.shows("✗ 1 buggy")
        await w.shows("50 % buggy")
        await w.shows(" in  ")
