from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from tests.tui.recorded import RecordedSession
from tests.tui.seeing import KINDS, contrast, difference
from tests.tui.watching import SMALL, THEMES, watching
from tui_aide.errors import UsageError
from tui_aide.tui.screens.themes import ThemePicker
from tui_aide.tui.settings import read_settings, settings_file
from tui_aide.tui.span_styles import LOOKS, span_style
from tui_aide.tui.theme_files import read_theme
from tui_aide.tui.theme_shelf import ThemeShelf

OURS = list(ThemeShelf([THEMES]).themes.values())
COLOURED = [t for t in OURS if not t.ansi]
MUTED = {"muted", "faint", "code-comment"}
GROUNDS = ("background", "surface", "panel", "block-cursor-blurred-background")


def _variables(theme: Theme) -> dict[str, str]:
    """Return what the app has of a theme."""
    return {**theme.to_color_system().generate(), **theme.variables}


def _colour(theme: Theme, style: str, ground: Color) -> Color:
    colour = span_style(style, _variables(theme), ground).color
    assert colour is not None
    return Color.from_rich_color(colour)


def test_there_are_dark_light_high_contrast_and_terminal_themes() -> None:
    kinds = [(t.dark, t.ansi) for t in OURS]
    assert len(OURS) == 9
    assert kinds.count((True, False)) >= 4
    assert kinds.count((False, False)) >= 3
    assert {(True, True), (False, True)} <= set(kinds)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda t: t.name)
def test_text_can_be_read_on_every_ground_that_it_stands_on(theme: Theme) -> None:
    variables = _variables(theme)
    for style in set(LOOKS) - {"strong", "weak-cursor", "cursor"}:
        for name in GROUNDS:
            ground = Color.parse(variables[name])
            need = 3.0 if style in MUTED else 4.5
            assert contrast(_colour(theme, style, ground), ground) >= need, (style, name)
    cursor = Color.parse(variables["block-cursor-background"])
    assert contrast(_colour(theme, "cursor", cursor), cursor) >= 4.5
    background = Color.parse(variables["background"])
    assert contrast(Color.parse(variables["border"]), background) >= 3.0
    if theme.name in ("contrast", "daylight"):
        plain = set(LOOKS) - {"strong", "weak-cursor", "cursor", "faint"}
        assert min(contrast(_colour(theme, s, background), background) for s in plain) >= 7.0


@pytest.mark.parametrize("theme", COLOURED, ids=lambda t: t.name)
def test_colour_blind_readers_tell_good_from_bad_and_added_from_removed(theme: Theme) -> None:
    background = Color.parse(_variables(theme)["background"])
    for kind in KINDS:
        for one, other, need in (
            ("good", "bad", 13),
            ("added", "removed", 13),
            ("best", "good", 8),
            ("best", "live", 8),
        ):
            pair = (_colour(theme, one, background), _colour(theme, other, background))
            assert difference(*pair, kind) >= need, (kind, one, other)


@pytest.mark.parametrize("theme", [t for t in OURS if t.ansi], ids=lambda t: t.name)
def test_terminal_themes_use_the_terminals_colours_alone(theme: Theme) -> None:
    variables = _variables(theme)
    ground = Color.parse(variables["background"])
    for style in set(LOOKS) - {"strong"}:
        looks = span_style(style, variables, ground)
        for colour in (looks.color, looks.bgcolor):
            assert colour is None or colour.triplet is None, style
    assert span_style("muted", variables, ground).dim


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('error = "rde"', "error = 'rde' is no colour; such are"),
        ('error = "ansi_red"', "such need ansi = true"),
        ('erorr = "red"', "Did you mean 'error'?"),
        ('[variables]\nborder = "blu"', "variables.border = 'blu' is no colour"),
        ('ansi = true\nerror = "#ff0000"', "is none of the terminal's colours"),
        ("=", "is no TOML"),
        ('[variables]\nbordr = "red"', "no variable 'bordr'. Did you mean 'border'?"),
        ('[variables]\nlink-style = "loud"', "variables.link-style = 'loud' is no style"),
    ],
)
def test_a_bad_theme_is_named_with_file_key_and_remedy(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    ground = "ansi_default" if "ansi = true" in text else "#000000"
    path.write_text(
        f'name = "mine"\ndark = true\nprimary = "{ground}"\nbackground = "{ground}"\nforeground = "{ground}"\n{text}'
    )
    with pytest.raises(UsageError) as caught:
        read_theme(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


async def test_the_picker_shows_each_theme_behind_it_esc_restores_and_enter_keeps(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        before = w.app.theme
        await w.press("T")
        await w.shows("Themes")
        ground = w.app.screen_stack[-2].styles.background
        await w.press("down", "down")
        assert w.app.theme != before
        await w.until(lambda: w.app.screen_stack[-2].styles.background != ground)
        await w.press("escape")
        assert w.app.theme == before
        assert not settings_file().exists()
        await w.press("T", "up")
        chosen = w.app.theme
        await w.press("enter")
        await w.until(lambda: not isinstance(w.app.screen, ThemePicker))
        assert read_settings(settings_file())[0].theme == chosen != before
    async with watching(session) as w:
        assert w.app.theme == chosen


async def test_a_theme_can_be_picked_by_the_mouse_on_a_small_screen(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, SMALL) as w:
        await w.press("T")
        await w.until(lambda: isinstance(w.app.screen, ThemePicker))
        await w.pilot.click("#themes", offset=(4, 1))
        await w.pilot.click("#themes", offset=(4, 1))
        await w.until(lambda: settings_file().exists())
        assert w.app.theme == read_settings(settings_file())[0].theme


@pytest.mark.parametrize("theme", OURS, ids=lambda t: t.name)
async def test_every_theme_draws_code_and_diff(session: RecordedSession, theme: Theme) -> None:
    parent = session.valid(0.8, code="import os\nx = 1\n")
    session.valid(0.9, parent, code="import os\nx = 2  # more\n")
    async with watching(session) as w:
        w.app.preferences.try_theme(theme.name)
        await w.press("down", "3")
        await w.shows("# more")
        await w.press("4")
        await w.shows("+x = 2")
        pane = w.search.query_one("#node-text")
        strips = [pane.render_line(y) for y in range(pane.size.height)]
        looks = {
            s.text.strip()[:1]: s.style for strip in strips for s in strip if s.style and s.text.strip()[:1] in "+-"
        }
        assert looks["+"] != looks["-"]


async def test_a_saved_theme_file_is_shown_at_once_and_a_bad_one_is_told_and_keeps_its_last_look(
    session: RecordedSession,
) -> None:
    session.valid(0.8)
    folder = settings_file().parent / "themes"
    folder.mkdir(parents=True)
    mine = folder / "mine.toml"
    text = (THEMES / "night.toml").read_text().replace('name = "night"', 'name = "mine"')
    mine.write_text(text)
    settings_file().write_text('theme = "mine"\n')
    async with watching(session, user_themes=folder) as w:
        assert w.app.theme == "mine"
        w.app.preferences.try_theme("paper")
        mine.write_text(text)
        os.utime(mine, (2, 2))
        w.app.preferences.poll()
        assert w.app.theme == "paper", "what the picker shows stays while a file is saved"
        w.app.preferences.try_theme("mine")
        w.app.preferences.try_theme("")
        mine.write_text(text.replace("#12151b", "#400000"))
        os.utime(mine, (1, 1))
        assert w.app.preferences.poll() == []
        await w.until(lambda: w.search.styles.background.r > 50)
        mine.write_text(text.replace("#12151b", "#40000"))
        (problem,) = w.app.preferences.poll()
        assert "background = '#40000' is no colour" in problem
        assert w.app.preferences.poll() == []
        assert w.search.styles.background.r > 50
        mine.unlink()
        assert any("no theme 'mine'" in p for p in w.app.preferences.poll())
        assert w.app.theme == "night"
        shutil.copy(THEMES / "paper.toml", folder / "later.toml")
        (folder / "later.toml").write_text((folder / "later.toml").read_text().replace('"paper"', '"mine"'))
        w.app.preferences.poll()
        assert w.app.theme == "mine"
