"""A session in which nothing lives: next to nothing is drawn, and what comes is shown at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.attach import generate
from tests.tui.recorded import RecordedSession
from tests.tui.watching import WIDE, watching
from tui_aide.tree import events as ev
from tui_aide.tui.screens.drawing import Drawing
from tui_aide.tui.screens.pulse import REST_BEATS
from tui_aide.tui.spared import Spared


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Each drawing of the boards."""
    times: list[int] = []
    real = Drawing.boards
    monkeypatch.setattr(Drawing, "boards", lambda self: times.append(1) or real(self))  # type: ignore[func-returns-value]
    return times


async def test_a_finished_search_is_drawn_each_fifth_beat_only(session: RecordedSession, drawn: list[int]) -> None:
    session.valid(0.8)
    session.add(ev.SessionFinished(status="finished", reason="done"))
    async with watching(session) as w:
        await w.until(lambda: w.search.feed.status == "finished")
        assert w.search.pulse.resting
        await w.ticks(5)
        before, beats = len(drawn), w.search.pulse.beats
        await w.ticks(40)
        assert 1 <= len(drawn) - before <= (w.search.pulse.beats - beats) // REST_BEATS + 1


async def test_what_comes_into_a_journal_at_rest_is_shown_by_the_next_beat(live: RecordedSession) -> None:
    live.valid(0.8)
    live.add(ev.Paused())
    async with watching(live) as w:
        await w.until(lambda: w.search.feed.status == "paused")
        await w.ticks(12)
        pulse = w.search.pulse
        assert pulse.resting
        await w.until(lambda: pulse.beats % REST_BEATS == 1)
        node = live.valid(0.9, best=True)
        seen = pulse.beats
        await w.until(lambda: w.search.feed.tree.incumbent == node and node in w.search.tree_view.rows.row_of)
        assert pulse.beats - seen <= 2


async def test_full_screen_restyles_few_widgets(session: RecordedSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.valid(0.8)
    async with watching(session, WIDE) as w:
        await w.ticks(6)
        sheet = w.app.stylesheet
        restyled: list[object] = []
        real = sheet.apply
        monkeypatch.setattr(sheet, "apply", lambda node, **how: restyled.append(node) or real(node, **how))  # type: ignore[func-returns-value]
        await w.press("enter")
        assert not w.search.query_one("#left").display
        await w.press("escape")
        assert w.search.query_one("#left").display
        assert w.search.query_one("#lower").display
        assert len(restyled) < len(w.search.query("*"))


async def test_full_screen_of_a_wide_terminal_leaves_a_small_one_its_tree(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, WIDE) as w:
        await w.press("enter")
        await w.pilot.resize_terminal(80, 24)
        await w.pilot.pause()
        w.search.set_view("tree")
        await w.pilot.pause()
        assert w.search.query_one("#left").display
        await w.pilot.resize_terminal(*WIDE)
        await w.pilot.pause()
        assert not w.search.query_one("#left").display


async def test_a_long_journals_tree_is_spared_by_the_collector_until_the_screen_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(Spared, "begin", lambda self, nodes: told.append(f"begin {nodes}"))
    monkeypatch.setattr(Spared, "end", lambda self: told.append("end"))
    async with watching(generate(tmp_path, "large", 700, 0)) as w:
        await w.until(lambda: w.search.feed.tree.finished_count == 700 and w.search.pulse.beats > 10)
        assert told[0] == "begin 700"
        await w.press("q")
    assert told[-1] == "end"
