from __future__ import annotations

import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.tree import events as ev
from tui_aide.tree.events import SessionFinished
from tui_aide.tui.figures import live_count


@pytest.mark.parametrize("stopped", [True, False])
async def test_nodes_without_a_verdict_are_cut_off_where_nothing_runs(session: RecordedSession, stopped: bool) -> None:
    session.valid(0.8, best=True)
    thinking, queued = session.begin(0), session.begin(0)
    session.think(thinking)
    if stopped:
        session.add(SessionFinished(status="stopped", reason="by the user"))
    async with watching(session, WIDE) as w:
        for node in (thinking, queued):
            w.search.tree_view.go(node)
            await w.press("1" if node == thinking else "G")
            await w.shows("it starts again when the search is resumed")
            text = w.screen_text()
            assert "◐ 0 live" in text
            assert text.count("◐") == 1
            assert "queued" not in text
            assert "free model stream" not in text
            assert f"⊘ #{node}" in text
            assert text.count("cut off") >= 4


async def test_the_runners_death_turns_live_nodes_into_cut_off_ones(live: RecordedSession) -> None:
    node = live.begin()
    live.execute(node)
    async with watching(live, WIDE) as w:
        await w.shows("RUNNING 1 live")
        live.die()
        await w.shows("INTERRUPTED")
        await w.until(lambda: "cut off" in w.screen_text() and "◐ #0" not in w.screen_text())


async def test_queued_nodes_do_not_count_as_live(live: RecordedSession) -> None:
    live.think(live.begin())
    live.begin()
    async with watching(live, WIDE) as w:
        await w.shows("RUNNING 1 live")
        assert "· 1 queued" in w.screen_text()
        assert live_count(w.search.feed.tree) == 1
        w.search.tree_view.go(1)
        await w.until(lambda: "· #1" in str(w.search.node_panel.border_title))


def _select(session: RecordedSession, node: int) -> None:
    candidates = (ev.Candidate(0, 0.8, 0.79), ev.Candidate(1, 0.9, 0.75))
    session.add(ev.SelectionMade(candidates=candidates, node=node, gap=0.1, reason="a look at the selection part"))
    session.end()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_star_is_the_best_and_the_node_handed_in_has_its_own_mark(
    session: RecordedSession, size: tuple[int, int]
) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, best=True)
    _select(session, 0)
    async with watching(session, size) as w:
        header, *rest = w.screen_text().splitlines()
        assert "★ 0.9000" in header
        assert "◆ #0 sel" in header
        assert "0.7900" in header
        tree = "\n".join(rest)
        assert "◆ #0" in tree
        assert "★ #1" in tree
        await w.press("asterisk")
        assert w.search.tree_view.cursor == 1


async def test_the_best_node_that_is_handed_in_has_both_marks(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, best=True)
    _select(session, 1)
    async with watching(session) as w:
        await w.shows("★ #1 ◆ a script")


async def test_a_resumed_search_shows_no_selection_of_before(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, best=True)
    _select(session, 0)
    async with watching(session, WIDE) as w:
        await w.shows("handed in ◆ #0 selection 0.7900")
        session.hold()
        session.add(ev.SessionResumed(budget=ev.Budget(nodes=30), model="builtin", workers=1, slots=1))
        await w.shows("RUNNING")
        await w.until(lambda: "◆ #0" not in w.screen_text())
