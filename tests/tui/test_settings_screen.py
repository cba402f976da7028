from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from tests.tui.recorded import RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.tui.difference import Difference
from tui_aide.tui.glyphs import UNICODE, choose_glyphs, use_glyphs
from tui_aide.tui.screens.ask import InstructionDialog
from tui_aide.tui.settings import Settings, keys, read_settings, settings_file
from tui_aide.tui.widgets.prompt_line import PromptLine


@pytest.fixture(autouse=True)
def _own_signs() -> Iterator[None]:
    yield
    use_glyphs(choose_glyphs())


def _saved() -> Settings:
    settings, problems = read_settings(settings_file())
    assert not problems
    return settings


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_each_setting_stands_there_with_a_line_of_help(session: RecordedSession, size: tuple[int, int]) -> None:
    session.valid(0.8)
    async with watching(session, size) as w:
        await w.press("comma")
        await w.shows("Settings")
        for key in keys():
            await w.shows(f"{key.path}, by default")
            assert key.description[:20] in w.screen_text()
            await w.press("down")


async def test_a_change_holds_at_once_and_is_kept(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        await w.press("comma", "right")
        assert w.app.theme != "night"
        assert _saved().theme == w.app.theme
        await w.press("down", "right")
        assert _saved().keymap == "vim"
        await w.press("down", "right", "right")
        assert _saved().glyphs == "ascii"
        await w.press("r")
        assert _saved().glyphs == "auto"
        await w.press("escape")
        assert w.search.is_current


async def test_a_layout_that_is_set_is_laid_out_at_once(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        width = w.search.tree_view.size.width
        w.app.preferences.put("layout.tree_share", 60)
        w.app.preferences.put("layout.with_log", True)
        await w.until(lambda: w.search.tree_view.size.width > width + 20)
        await w.until(lambda: w.search.query_one("#log").size.height > 3)


async def test_enter_on_the_theme_opens_the_picker(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        await w.press("comma", "enter")
        await w.shows("Themes")
        await w.press("down", "enter")
        await w.until(lambda: _saved().theme == w.app.theme != "night")


async def test_ascii_is_drawn_everywhere_without_a_restart(session: RecordedSession) -> None:
    session.valid(0.8, best=True, title="a title that is far too long for the tree's column " * 3)
    async with watching(session) as w:
        assert not w.screen_text().isascii()
        w.app.preferences.put("glyphs", "ascii")
        await w.press("down")
        await w.until(lambda: w.screen_text().isascii())
        for key in ("question_mark", "comma", "T"):
            await w.press(key)
            await w.until(lambda: w.screen_text().isascii())
            await w.press("escape")
        w.app.preferences.put("glyphs", "unicode")
        await w.shows("★ 0.8000")


async def test_the_home_screen_can_be_ascii(session: RecordedSession) -> None:
    session.valid(0.8, best=True)
    settings_file().parent.mkdir()
    settings_file().write_text('glyphs = "ascii"\n')
    async with watching(place=session.folder.path.parent) as w:
        await w.shows(session.folder.id)
        await w.until(lambda: w.screen_text().isascii())


async def test_tui_aide_ascii_holds_whatever_the_settings_say(
    session: RecordedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_AIDE_ASCII", "1")
    settings_file().parent.mkdir()
    settings_file().write_text('glyphs = "unicode"\n')
    session.valid(0.8, best=True)
    async with watching(session) as w:
        await w.until(lambda: w.screen_text().isascii())


async def test_a_value_that_a_key_may_not_have_is_refused_in_words(session: RecordedSession) -> None:
    session.valid(0.8)
    settings_file().parent.mkdir()
    settings_file().write_text("[layout]\ntree_share = 70\n")
    async with watching(session) as w:
        await w.press("comma", "end", "right")
        await w.shows("layout.tree_share: Expected `int` <= 70")
        assert _saved().layout.tree_share == 70
        await w.press("left")
        assert _saved().layout.tree_share == 69
        await w.press("enter")
        await w.until(lambda: w.app.focused is not None and w.app.focused.id == "instruction")
        await w.enter("45")
        await w.until(lambda: _saved().layout.tree_share == 45)


async def test_a_config_folder_that_cannot_be_made_is_told_and_the_change_holds(session: RecordedSession) -> None:
    session.valid(0.8)
    settings_file().parent.write_text("a file where the folder would be")
    async with watching(session) as w:
        await w.press("comma", "right")
        assert w.app.theme != "night"
        await w.shows("the change holds until you leave")


async def test_layout_is_remembered_between_runs(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        width = w.search.tree_view.size.width
        await w.press("at", "ctrl+right", "ctrl+right")
        await w.until(lambda: w.search.tree_view.size.width > width + 8)
        wider = w.search.tree_view.size.width
    assert _saved().layout.with_log
    async with watching(session) as w:
        await w.until(lambda: w.search.query_one("#log").display)
        assert w.search.tree_view.size.width == wider
        await w.press("enter")
    async with watching(session) as w:
        assert w.search.has_class("zoomed")
        await w.press("escape")
        await w.until(lambda: w.search.tree_view.size.width == wider)
        await w.pilot.resize_terminal(*SMALL)
        await w.until(
            lambda: w.search.tree_view.size.width > 70 or w.search.tree_view.size.width == w.search.size.width
        )
    assert not _saved().layout.zoomed


async def test_order_axis_tab_and_sides_are_remembered_and_a_filter_is_not(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, code="print(2)\n")
    async with watching(session, size=WIDE) as w:
        w.search.tree_view.go(1)
        await w.press("o", "t", "4")
        await w.until(lambda: w.search.node_panel.tab == "diff")
        await w.until(
            lambda: w.search.node_panel.source and isinstance(w.search.node_panel.source.document, Difference)
        )
        await w.press("w")
        w.search.looking.set_filter("valid")
        assert w.search.tree_view.rows.filter is not None
    saved = _saved().layout
    assert (saved.order, saved.curve, saved.tab) == ("newest", "time", "diff")
    assert saved.side_by_side != "auto"
    async with watching(session, size=SMALL) as w:
        assert w.search.tree_view.rows.order == "newest"
        assert w.search.tree_view.rows.filter is None
        assert w.search.node_panel.split == (saved.side_by_side == "yes")
        await w.until(lambda: w.search.node_panel.tab == "diff")
        await w.press("4")  # brings it into view
        assert _saved().layout.tab == "diff"
        await w.press("4")  # its own key lets it go
        assert _saved().layout.tab == "follow"
        w.app.preferences.put("layout.curve", "nodes")
    assert _saved().layout.curve == "nodes"


async def test_the_order_of_sessions_is_remembered(tmp_path: Path) -> None:
    for expected in ("best", "name"):
        async with watching(place=tmp_path) as w:
            await w.press("s")
            await w.shows(f"by {expected}")
        assert _saved().layout.sessions == expected


@pytest.mark.parametrize(
    ("motion", "env", "level"), [("reduced", "full", "none"), ("full", "none", "none"), ("full", "full", "full")]
)
async def test_reduced_motion_and_textual_animations_are_respected(
    session: RecordedSession, monkeypatch: pytest.MonkeyPatch, motion: str, env: str, level: str
) -> None:
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", env)
    settings_file().parent.mkdir()
    settings_file().write_text(f'motion = "{motion}"\n')
    async with watching(session) as w:
        assert w.app.animation_level == level
        await w.press("colon")
        await w.until(lambda: w.search.query_one(PromptLine).has_focus)
        await w.until(lambda: w.search.query_one(PromptLine).cursor_blink == (level == "full"))


@pytest.mark.parametrize("theme", ["night", "paper", "terminal-dark"])
@pytest.mark.parametrize("value", ["1", ""])
async def test_no_color_leaves_no_colour_and_what_is_said_by_it_is_said_by_signs(
    session: RecordedSession, monkeypatch: pytest.MonkeyPatch, theme: str, value: str
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    session.valid(0.8, best=True)
    session.finish(session.begin())
    async with watching(session) as w:
        w.app.preferences.try_theme(theme)
        await w.shows("★")
        assert "✗" in w.screen_text()
        assert not _hues(w.app)


@pytest.mark.parametrize("theme", ["night", "terminal-dark"])
async def test_without_no_color_there_are_colours(session: RecordedSession, theme: str) -> None:
    session.valid(0.8, best=True)
    async with watching(session) as w:
        w.app.preferences.try_theme(theme)
        await w.shows("★")
        assert _hues(w.app)


def _hues(app: App[str]) -> set[str]:
    """Return the colours on the screen that are no grey."""
    found: set[str] = set()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            for colour in (style.color, style.bgcolor) if style else ():
                if colour is not None and (not colour.is_default and len(set(colour.triplet or (0, 1))) > 1):
                    found.add(str(colour))
    return found


def test_the_signs_in_use_begin_as_the_terminal_says() -> None:
    assert choose_glyphs({"LANG": "C.UTF-8"}) is UNICODE


async def test_hours_that_are_none_are_told_when_the_file_is_saved_and_when_typed(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        settings_file().parent.mkdir(parents=True, exist_ok=True)
        settings_file().write_text('[notify]\nquiet = "22-7"\nbest = false\n')
        await w.shows("notify.quiet: that")
        assert w.app.preferences.settings.notify.quiet == ""
        assert not w.app.preferences.settings.notify.best
        settings_file().write_text('[notify]\nquiet = "22:00-07:00"\n')
        await w.until(lambda: w.app.preferences.settings.notify.quiet == "22:00-07:00")
        assert not w.app.preferences.problems
        await w.press("comma")
        rows = [key.path for key in keys()]
        await w.press(*["down"] * rows.index("notify.quiet"), "enter")
        await w.until(lambda: isinstance(w.app.screen, InstructionDialog))
        await w.enter("nights")
        await w.shows("notify.quiet: that is not of the form it needs. Hours without bell")
        assert _saved().notify.quiet == "22:00-07:00"
