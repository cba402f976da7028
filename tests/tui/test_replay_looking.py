"""Filter, order, marks, history and exports in a replay: they show and hold what there was at its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.taped import three_nodes
from tests.tui.test_replay import playing
from tests.tui.watching import WIDE


async def test_a_filter_follows_the_time(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("end")
        await p.there()
        await p.press("f", *"valid", "enter")
        assert p.screen.tree_view.rows.hits == {0, 1}
        await p.command("seek 25s")
        assert p.screen.tree_view.rows.hits == {0}
        await p.shows("valid (1 of 2)")
        await p.command("filter")
        assert p.screen.tree_view.rows.filter is None
        await p.command("sort flat")
        assert p.screen.tree_view.rows.order == "flat"


async def test_marks_of_nodes_that_are_not_there_yet_are_gone(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("end")
        await p.there()
        await p.command("mark 1")
        await p.command("mark 0")
        p.screen.tree_view.go(2)
        await p.press("d", "d")
        await p.shows("#0 -> #2")
        await p.command("seek 5s")
        assert list(p.screen.tree_view.marked) == [0]
        await p.press("c")
        await p.shows("Mark two nodes by v")


async def test_the_history_knows_no_later_things(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("end")
        await p.there()
        p.screen.tree_view.go(0)
        await p.press("9")
        await p.shows("the best of them #1 with 0.9000")
        await p.command("seek 15s")
        await p.shows("executing since then")
        assert "new best with" not in p.screen_text()
        assert "scored" not in p.screen_text().split("What happened to it")[1]


async def test_an_export_of_a_replay_holds_the_whole_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = three_nodes(tmp_path)
    monkeypatch.chdir(tmp_path)
    async with playing(made) as p:
        await p.command("seek 30s")
        await p.press("E", "c")
        await p.until((tmp_path / "toy-fern-0001.csv").exists)
        await p.shows("Wrote ")
        assert len((tmp_path / "toy-fern-0001.csv").read_text().splitlines()) == 4
