"""Scripts are edited on the screen where no editor can have the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key

from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, WIDE, Watcher, watching
from tui_aide.tui.screens.script_editor import ScriptEditor

CODE = "import pandas as pd\n\n\ndef fit(rows):\n    return 'model'  # the best one\n"


async def _open(w: Watcher, keys: str = "e") -> ScriptEditor:
    await w.press(keys)
    await w.until(lambda: isinstance(w.app.screen, ScriptEditor))
    assert isinstance(w.app.screen, ScriptEditor)
    return w.app.screen


def _colour(w: Watcher, word: str) -> object:
    for strip in w.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip() == word and segment.style is not None:
                return segment.style.color
    raise AssertionError(f"{word} is not on the screen as a part of its own")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_what_was_typed_runs_as_a_new_child(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("EDITOR", "true")  # which cannot have this terminal
    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path) as server, watching(live, size) as w:
        editor = await _open(w)
        assert "#0: the script" in w.screen_text()
        assert "def fit(rows):" in w.screen_text()
        await w.press("x", "space", "equals_sign", "space", "1", "enter")
        assert editor.area.border_subtitle is not None
        assert "changed" in str(editor.area.border_subtitle)
        await w.press("ctrl+s")
        await w.until(lambda: server.sent(1))
        assert (server.commands[0]["command"], server.commands[0]["code"]) == ("edit", "x = 1\n" + CODE)
        await w.shows("done as asked")


async def test_without_any_editor_the_screen_is_one(
    live: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        editor = await _open(w)
        editor.area.insert("# mine\n")
        await w.pilot.click("#save")
        await w.until(lambda: server.sent(1))
        assert server.commands[0]["code"] == "# mine\n" + CODE


async def test_leaving_loses_nothing_unasked(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await _open(w)
        await w.press("escape")
        await w.shows("Nothing was changed")
        editor = await _open(w)
        await w.press("x", "escape")
        await w.shows("What you changed is lost")
        await w.press("n")
        assert w.app.screen is editor
        assert editor.area.text == "x" + CODE
        await w.press("escape")
        await w.shows("What you changed is lost")
        await w.press("y")
        await w.until(lambda: w.app.screen is not editor)
        assert not server.commands


async def test_a_refused_script_is_there_again(live: RecordedSession, tmp_path: Path) -> None:
    from tui_aide.tree.commands import Reply

    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        server.reply = Reply(False, "not now")
        await _open(w)
        await w.press("x", "ctrl+s")
        await w.shows("Your script is kept")
        editor = await _open(w)
        assert editor.area.text == "x" + CODE
        await w.press("f2")
        await w.until(lambda: server.sent(2))
        assert server.commands[1]["code"] == "x" + CODE


async def test_what_was_typed_just_before_is_saved_too(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await _open(w)
        for key, letter in (("x", "x"), ("y", "y"), ("enter", "\r"), ("ctrl+s", None)):
            w.app.post_message(Key(key, letter))
        await w.until(lambda: server.sent(1))
        assert server.commands[0]["code"] == "xy\n" + CODE


async def test_its_colours_are_the_themes(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, code=CODE)
    async with LineServer(live, tmp_path), watching(live) as w:
        await _open(w)
        night = {word: _colour(w, word) for word in ("return", "'model'", "# the best one")}
        assert len(set(night.values())) == 3
        w.app.theme = "paper"
        await w.pilot.pause()
        await w.until(lambda: all(_colour(w, word) != colour for word, colour in night.items()))


async def test_text_with_markup_and_controls_is_shown_as_it_is(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, code="x = '[bold red]'\ny = '\x1b]0;owned\x07'\nz = '漢字'\n")
    async with LineServer(live, tmp_path), watching(live) as w:
        await _open(w)
        assert "[bold red]" in w.screen_text()
        assert "\x1b" not in w.screen_text()
