"""A session with a long journal: the screen stands first, then what happened comes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.attach import generate
from tests.searches import created, finished, started
from tests.tui.recorded import RecordedSession
from tests.tui.watching import watching
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui import branch_figures
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.branch_figures import BranchCourses
from tui_aide.tui.screens.search import SearchScreen
from tui_aide.tui.widgets.live_pane import LivePane
from tui_aide.tui.widgets.tree_view import SolutionTreeView


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


async def test_keys_are_answered_while_a_long_journal_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = generate(tmp_path, "large", 700, 0)
    app = TuiAideApp(folder)
    said: list[str] = []
    real = SolutionTreeView.say
    monkeypatch.setattr(SolutionTreeView, "say", lambda view, words: said.append(words) or real(view, words))  # type: ignore[func-returns-value]
    async with app.run_test(size=(140, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        for _ in range(100):
            if screen.feed.tree.finished_count == 700 and screen.pulse.beats:
                break
            await pilot.pause(0.02)
    shares = [words for words in said if words.startswith("Reading what has happened ... ")]
    assert len(shares) >= 5, "it was read in slices, with the loop free in between"
    assert len(set(shares)) == len(shares)


async def test_a_pane_that_has_nothing_to_follow_is_not_drawn_again(live: RecordedSession) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        await w.shows("Waiting for the next node")
        await w.ticks(8)
        pane = w.search.query_one("#live-0", LivePane)
        drawn: list[int] = []
        real = pane.render_line
        pane.render_line = lambda y: drawn.append(y) or real(y)  # type: ignore[method-assign, func-returns-value]
        await w.ticks(8)
        assert drawn == []


async def test_the_cursor_stays_in_view_when_the_tree_gets_smaller(session: RecordedSession) -> None:
    for _ in range(60):
        session.valid(0.5)
    async with watching(session, (150, 48)) as w:
        tree = w.search.tree_view
        tree.go(tree.first + tree.size.height - 1)
        await w.pilot.resize_terminal(150, 30)
        await w.pilot.pause()
        row = tree.rows.row_of[tree.cursor or 0]
        assert tree.first <= row < tree.first + tree.size.height


def test_a_branch_that_rises_for_ever_keeps_few_steps() -> None:
    tree = SolutionTree()
    for event in [started(), *(e for i in range(2_000) for e in (created(i, (0,) if i else ()), finished(i, i / 1e4)))]:
        tree.apply(event)
    courses = BranchCourses()
    courses.take(tree)
    while courses.behind:
        courses.take(tree)
    kept = courses._courses
    assert len(kept) == 2_000
    assert max(map(len, kept.values())) <= 32
    assert (kept[0][0], kept[0][-1]) == (0.0, 0.1999)


def test_branches_that_are_merged_are_those_that_were_climbed(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    grown, climbed = SolutionTree(), BranchCourses()
    for event in [started(), *(e for i in range(400) for e in _node(i, rng))]:
        grown.apply(event)
        climbed.take(grown, seconds=10.0)
    monkeypatch.setattr(branch_figures, "_MANY", 1)
    merged = BranchCourses()
    merged.take(grown, seconds=0.0)
    slices = 0
    while merged.behind:
        slices += 1
        assert not merged._courses, "what is not whole is not shown"
        merged.take(grown, seconds=0.0)
    assert slices >= 5
    assert merged._courses == climbed._courses
    assert len(merged._courses) > 200


def _node(number: int, rng: random.Random) -> tuple[ev.Event, ...]:
    parents = (rng.randrange(number),) if number and rng.random() < 0.95 else ()
    value = rng.random() if rng.random() < 0.7 else None
    return created(number, parents), finished(number, value, "valid" if value is not None else "crash")
