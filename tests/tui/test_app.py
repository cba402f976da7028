from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import watching
from tui_aide.tui.actions import EVERYWHERE, FOLD, HOME, MOVE, NEW, SEARCH
from tui_aide.tui.glyphs import ASCII, UNICODE, choose_glyphs
from tui_aide.tui.theme_shelf import ThemeShelf

_ROOT = Path(__file__).resolve().parent.parent.parent


def _imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code + "\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_viewer_loads_no_data_learning_or_model_library() -> None:
    loaded = _imported(
        "import tui_aide.tui.app, tui_aide.tui.screens.search, tui_aide.tui.steering, tui_aide.tui.screens.new_search"
    )
    assert not loaded & {"pandas", "numpy", "sklearn", "aiohttp", "tui_aide.engine", "tui_aide.models"}


def test_the_home_screen_does_not_load_the_search_screen() -> None:
    loaded = _imported("import tui_aide.tui.app, tui_aide.tui.screens.home")
    assert not loaded & {"tui_aide.tui.screens.search", "tree_sitter"}


def test_no_two_actions_of_one_place_share_a_key_or_an_id() -> None:
    for place in ((*SEARCH, *EVERYWHERE, *MOVE, *FOLD), (*HOME, *EVERYWHERE, *MOVE), (*NEW, *EVERYWHERE)):
        keys = [k for a in place if a.keys for k in a.keys.split(",")]
        assert len(keys) == len(set(keys))
    ids = [a.id for a in (*SEARCH, *EVERYWHERE, *MOVE, *FOLD, *HOME, *NEW)]
    assert len(ids) == len(set(ids))


def test_keys_that_terminals_and_multiplexers_take_are_not_used() -> None:
    taken = {f"ctrl+{k}" for k in "hijmabsqz"} | {"ctrl+left_square_bracket"}
    assert not taken & {k for a in (*SEARCH, *EVERYWHERE, *MOVE, *FOLD, *HOME) for k in a.keys.split(",")}


def test_our_themes_load_and_each_has_the_colours_of_code() -> None:
    shelf = ThemeShelf([_ROOT / "themes"])
    assert not shelf.problems
    assert set(shelf.themes) >= {"night", "paper", "contrast"}
    assert all("code-keyword" in t.variables for t in shelf.themes.values())
    assert {t.dark for t in shelf.themes.values()} == {True, False}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "Invalid"),
        ('name = "x"\ndark = true', "primary"),
        (
            'name = "x"\ndark = true\nprimary = "#12"\nbackground = "#000"\nforeground = "#fff"',
            "primary = '#12' is no colour",
        ),
        ('name = "x"\ndark = true\nprimry = "red"', "primry"),
    ],
)
def test_a_bad_theme_file_is_named_and_left_out(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    shelf = ThemeShelf([tmp_path])
    assert not shelf.themes
    assert "mine.toml" in shelf.problems[0]
    assert words in shelf.problems[0]


def test_glyphs_are_ascii_where_the_locale_cannot_show_more() -> None:
    assert choose_glyphs({"LANG": "C"}) is ASCII
    assert choose_glyphs({"LANG": "de_DE.ISO-8859-1"}) is ASCII
    assert choose_glyphs({"TUI_AIDE_ASCII": "1", "LANG": "en_US.UTF-8"}) is ASCII
    assert choose_glyphs({"LC_ALL": "C.UTF-8", "LANG": "C"}) is UNICODE
    assert "".join(str(getattr(ASCII, f)) for f in ASCII.__struct_fields__).isascii()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord", "gruvbox", "ansi-dark"])
async def test_textuals_own_themes_work_too(session: RecordedSession, theme: str) -> None:
    session.valid(0.8, best=True)
    async with watching(session) as w:
        w.app.theme = theme
        await w.press("3")
        assert "★ 0.8000" in w.screen_text()


async def test_the_palette_offers_every_action(session: RecordedSession) -> None:
    async with watching(session) as w:
        commands = {c.title for c in w.app.get_system_commands(w.app.screen)}
        assert {"Pause", "Branch", "Edit", "Stop", "Events", "Theme", "Help"} <= commands
        await w.press("ctrl+p")
        await w.until(lambda: "CommandPalette" in type(w.app.screen).__name__)
