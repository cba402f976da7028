from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, Watcher, watching
from tui_aide.errors import ModelError
from tui_aide.tui.model_cards import ModelCard
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.search import SearchScreen
from tui_aide.tui.session_cards import read_cards
from tui_aide.tui.widgets.session_list import SessionList


def _summary(path: Path, status: str = "finished", best: float | None = 0.9) -> None:
    found = {"node": 3, "score": best, "selection_score": None, "submission": None} if best is not None else None
    data = {"session": path.name, "status": status, "task": "digits", "metric": "log_loss", "direction": "min",
            "node_count": 12, "best": found}  # fmt: skip
    (path / "summary.json").write_bytes(msgspec.json.encode(data))


def _folder(place: Path, name: str) -> Path:
    path = place / name
    path.mkdir(parents=True)
    (path / "session.toml").write_text("")
    return path


async def _loaded(w: Watcher) -> SessionList:
    found = w.app.screen.query_one(SessionList)
    await w.until(lambda: found.loaded)
    return found


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_an_empty_place_tells_a_new_user_what_to_type(tmp_path: Path, size: tuple[int, int]) -> None:
    async with watching(place=tmp_path / "none", size=size) as w:
        await _loaded(w)
        await w.shows("No session yet.")
        assert "tui-aide run" in w.screen_text()
        assert "search your own folder" in w.screen_text()
        await w.press("enter", "j", "k")
        assert isinstance(w.app.screen, HomeScreen)


async def test_a_session_is_opened_and_left_again(session: RecordedSession) -> None:
    session.valid(0.8, title="the only one")
    session.end()
    _summary(session.folder.path)
    async with watching(place=session.folder.path.parent) as w:
        await _loaded(w)
        await w.shows("toy-fern-0001")
        assert "0.9000" in w.screen_text()
        assert "digits" in w.screen_text()
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, SearchScreen))
        await w.shows("the only one")
        await w.press("q")
        await w.until(lambda: isinstance(w.app.screen, HomeScreen))
        await w.press("enter")
        await w.until(lambda: isinstance(w.app.screen, SearchScreen))


async def test_five_hundred_sessions_scroll_and_no_journal_is_opened(tmp_path: Path) -> None:
    for i in range(500):
        path = _folder(tmp_path, f"s-{i:03d}")
        _summary(path)
        (path / "journal.jsonl").write_bytes(b"not a journal\n")
    async with watching(place=tmp_path) as w:
        sessions = await _loaded(w)
        assert len(sessions.cards) == 500
        await w.press("G")
        assert sessions.cursor == 499
        assert sessions.cards[499].folder.id in w.screen_text()


async def test_a_broken_summary_costs_only_its_own_line(tmp_path: Path) -> None:
    (_folder(tmp_path, "broken") / "summary.json").write_text('{"nodes": [')
    (_folder(tmp_path, "odd") / "summary.json").write_text('{"best": "x"}')
    _folder(tmp_path, "fresh")
    _summary(_folder(tmp_path, "good"))
    async with watching(place=tmp_path) as w:
        await _loaded(w)
        text = w.screen_text()
        assert text.count("damaged summary") == 2
        assert "no summary yet" in text
        assert "★ 0.9000" in text


async def test_the_cursor_stays_on_its_session_when_the_list_is_read_again(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        _summary(_folder(tmp_path, name))
    async with watching(place=tmp_path) as w:
        sessions = await _loaded(w)
        await w.press("j")
        assert sessions.card is not None
        chosen = sessions.card.folder.id
        _summary(_folder(tmp_path, "d"))
        (tmp_path / "d" / "journal.jsonl").write_text("")
        await w.press("r")
        await w.until(lambda: len(sessions.cards) == 4)
        assert sessions.card.folder.id == chosen


def test_the_state_tells_a_dead_runner_from_a_live_one(tmp_path: Path) -> None:
    _summary(_folder(tmp_path, "dead"), status="running")
    live = RecordedSession(tmp_path, "live")
    live.hold()
    _summary(live.folder.path, status="running")
    states = {c.folder.id: c.state for c in read_cards(tmp_path)}
    live.close()
    assert states == {"dead": "interrupted", "live": "running"}


async def _nothing() -> list[ModelCard]:
    return [ModelCard("builtin")]


@pytest.mark.parametrize("size", [WIDE, (120, 40), SMALL])
async def test_the_models_that_answer_are_listed(tmp_path: Path, size: tuple[int, int]) -> None:
    async def served() -> list[ModelCard]:
        names = ["deepseek-ai/[b]R1[/]", "qwen", *"abcdefghij"]
        return [ModelCard("builtin"), *(ModelCard(n, "http://localhost:8000/v1") for n in names)]

    async with watching(place=tmp_path, size=size, list_models=served) as w:
        await w.shows("✓ deepseek-ai/[b]R1[/]   http://localhost:8000/v1")
        await w.shows("more: tui-aide models")
        await w.shows("your own folder ...")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_where_no_server_answers_home_says_what_to_do(tmp_path: Path, size: tuple[int, int]) -> None:
    async with watching(place=tmp_path, size=size, list_models=_nothing) as w:
        await w.shows("No model server answers at the usual addresses.")
        await w.shows("tui-aide doctor")


async def test_models_are_asked_for_after_the_first_paint_and_by_the_key_that_reads_anew(tmp_path: Path) -> None:
    answers: list[asyncio.Future[list[ModelCard]]] = []

    async def slow() -> list[ModelCard]:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    async with watching(place=tmp_path, list_models=slow) as w:
        await w.shows("Asking the usual addresses")
        await w.until(lambda: answers)
        answers[0].set_result([ModelCard("r1", "http://localhost:8000/v1")])
        await w.shows("✓ r1")
        await w.press("r")
        await w.until(lambda: len(answers) == 2)
        assert "✓ r1" in w.screen_text()
        answers[1].set_exception(ModelError("the models could not be listed"))
        await w.shows("the models could not be listed")


async def test_home_can_be_left_while_the_models_are_asked_for(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def never() -> list[ModelCard]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    async with watching(place=tmp_path, list_models=never) as w:
        await w.shows("Asking the usual addresses")
        await w.press("q")
    assert ended.is_set()


async def test_the_lowest_screen_keeps_its_sessions_in_view(tmp_path: Path) -> None:
    _summary(_folder(tmp_path, "only-one"))
    async with watching(place=tmp_path, size=(60, 16), list_models=_nothing) as w:
        await w.shows("only-one")
        assert not w.app.screen.query_one("#models").display


async def test_the_command_that_home_asks_lists_models_as_home_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_aide.cli.home import list_models

    cards = await list_models()
    assert cards[0].model == "builtin"
    assert cards[0].base_url is None
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ModelError, match="tui-aide models says why"):
        await list_models()


async def test_sessions_are_filtered_as_one_types(tmp_path: Path) -> None:
    for name in ("apple", "pear", "[b]plum"):
        _summary(_folder(tmp_path, name))
    async with watching(place=tmp_path, size=SMALL) as w:
        sessions = await _loaded(w)
        await w.press("slash", "p", "l")
        await w.until(lambda: {c.folder.id for c in sessions.cards} == {"apple", "[b]plum"})
        await w.shows("Sessions 2 of 3")
        await w.press("x", "x")
        await w.shows("No session has these words")
        await w.press("backspace", "backspace", "enter")
        assert sessions.has_focus
        await w.press("escape")
        await w.until(lambda: len(sessions.cards) == 3)
        assert isinstance(w.app.screen, HomeScreen)


async def test_sessions_are_ordered_by_the_key_and_the_cursor_stays(tmp_path: Path) -> None:
    for best, name in ((0.5, "b"), (0.3, "a"), (0.4, "c")):
        _summary(_folder(tmp_path, name), best=best)
    async with watching(place=tmp_path) as w:
        sessions = await _loaded(w)
        await w.press("s")
        await w.shows("by best")
        assert [c.folder.id for c in sessions.cards] == ["a", "c", "b"]  # the metric is one to be low
        await w.press("g", "j", "s")
        await w.shows("by name")
        assert [c.folder.id for c in sessions.cards] == ["a", "b", "c"]
        assert sessions.card is not None
        assert sessions.card.folder.id == "c"


async def test_a_running_session_is_seen_to_move(tmp_path: Path) -> None:
    live = RecordedSession(tmp_path, "live")
    live.hold()
    _summary(live.folder.path, status="running", best=0.5)
    async with watching(place=tmp_path) as w:
        await _loaded(w)
        await w.shows("0.5000")
        await w.shows("1 running")
        _summary(live.folder.path, status="running", best=0.4)
        await w.shows("0.4000")
    live.close()


async def test_the_footer_does_what_is_clicked(tmp_path: Path) -> None:
    _summary(_folder(tmp_path, "one"))
    async with watching(place=tmp_path) as w:
        await _loaded(w)
        rows = w.screen_text().split("\n")
        await w.pilot.click(offset=(rows[-1].index("Sort") + 1, len(rows) - 1))
        await w.shows("by best")


async def test_one_escape_too_many_does_not_leave(tmp_path: Path) -> None:
    async with watching(place=tmp_path) as w:
        await w.press("tab", "escape", "escape", "escape")
        assert w.app._exit is False
        await w.press("q")
        await w.until(lambda: w.app._exit)
