from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.recorded import RecordedSession
from tests.tui.watching import watching
from tui_aide.tui.actions import IN_USE
from tui_aide.tui.keymaps import ALWAYS, PLACES, PRESETS, Keymap, keymap_file, load_keymap
from tui_aide.tui.screens.keys import KeysScreen
from tui_aide.tui.settings import settings_file


@pytest.fixture(autouse=True)
def _own_keys() -> None:
    IN_USE.clear()


def _load(tmp_path: Path, text: str, preset: str = "default") -> Keymap:
    path = tmp_path / "keymap.toml"
    path.write_text(text)
    return load_keymap(preset, path)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_two_actions_of_one_place_a_key(preset: str, tmp_path: Path) -> None:
    keymap = load_keymap(preset, tmp_path / "none.toml")
    assert not keymap.problems
    by_design = ({"replay.start", "move.top"}, {"replay.end", "move.bottom"})
    assert set(PRESETS[preset]) <= {a.id for place in PLACES.values() for a in place}
    for name, place in PLACES.items():
        used: dict[str, str] = {}
        for action in place:
            for key in keymap.keys.get(action.id, action.keys).split(","):
                if key and {action.id, used.get(key)} not in by_design:
                    assert key not in used, (name, key, action.id, used[key])
                    used[key] = action.id


def test_keys_are_taken_as_text_list_table_and_sign(tmp_path: Path) -> None:
    keymap = _load(tmp_path, '"search.pin" = "?, ctrl+n"\n[tree]\nbest = ["!", "f5"]\n"find" = ","\n')
    assert keymap.keys["search.pin"] == "question_mark,ctrl+n"
    assert keymap.keys["tree.best"] == "exclamation_mark,f5"
    assert keymap.keys["tree.find"] == "comma"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"search.pn" = "m"', "no action 'search.pn'. Did you mean 'search.pin'?"),
        ('"search.pin" = "ctrl+"', "search.pin: no key 'ctrl+'; keys are such as"),
        ('"search.pin" = "pagedwn"', "no key 'pagedwn'"),
        ('"search.pin" = 3', "search.pin: keys are a text or a list of texts"),
        ("search.pin = ", "is no TOML"),
        ('"search.pin" = "p"', "search.pin = p: that was search.pause_branch's, which has no key now: give it one"),
        ('"search.pin" = "j"', "search.pin = j: that was move.down's, which keeps ↓"),
        ('"search.pin" = "f9"\n"search.undo" = "f9"', "search.undo = f9: search.pin has that key there, too"),
        ('"search.pin" = ":"', "search.pin = :: screen.command needs that key, as it reaches all else"),
        ('"app.palette" = ""', "app.palette needs a key, as it reaches all else; it keeps ^p"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_file_id_and_remedy(tmp_path: Path, text: str, words: str) -> None:
    keymap = _load(tmp_path, text)
    (problem,) = keymap.problems
    assert problem.startswith(f"{tmp_path / 'keymap.toml'}: ")
    assert words in problem
    assert all(keymap.keys.get(name, "theirs") for name in ALWAYS)


def test_two_actions_can_swap_their_keys(tmp_path: Path) -> None:
    keymap = _load(tmp_path, '"search.pin" = "p"\n"search.pause_branch" = "m"\n')
    assert keymap == Keymap({"search.pin": "p", "search.pause_branch": "m"})


def test_an_unknown_preset_is_told(tmp_path: Path) -> None:
    assert "no keymap 'emacs'; there are default, vim" in load_keymap("emacs", tmp_path / "none").problems[0]


async def test_a_remapped_key_works_and_stands_in_footer_and_help(session: RecordedSession) -> None:
    session.valid(0.8)
    session.valid(0.9, 0, best=True)
    keymap_file().parent.mkdir(parents=True)
    keymap_file().write_text('"tree.best" = "ctrl+n"\n"node.zoom" = ""\n"search.slots" = "f6"\n"tree.nest" = "a"\n')
    async with watching(session) as w:
        await w.shows("'tree.nest'")
        await w.press("g", "asterisk", "enter")
        assert w.search.tree_view.cursor == 0
        assert not w.search.has_class("zoomed")
        await w.press("ctrl+n")
        assert w.search.tree_view.cursor == 1
        assert "ctrl+n Best" in w.screen_text().splitlines()[-1]
        await w.press("f6")
        await w.until(lambda: w.search.query_one("#prompt").has_focus)
        await w.press("escape", "question_mark")
        await w.until(lambda: isinstance(w.app.screen, KeysScreen))
        await w.shows("  ctrl+n")
        await w.shows("'tree.nest'")


async def test_the_vim_keymap_of_the_settings_holds_at_once_when_the_file_is_saved(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        settings_file().parent.mkdir(parents=True)
        settings_file().write_text('keymap = "vim"\n')
        assert w.app.preferences.poll() == []
        await w.press("ctrl+w")
        assert w.app.focused is not None
        assert w.app.focused.id == "node-text"
        await w.press("colon")
        await w.until(lambda: w.search.query_one("#prompt").has_focus)


@pytest.mark.parametrize(
    ("pane", "begins"),
    [("tree", "Tree  in the tree"), ("node-text", "Node  in the node"), ("log", "Move  in the events")],
)
async def test_help_begins_with_the_keys_of_the_focused_pane(session: RecordedSession, pane: str, begins: str) -> None:
    session.valid(0.8)
    async with watching(session) as w:
        if pane == "log":
            await w.press("at")
        w.search.query_one(f"#{pane}").focus()
        await w.pilot.pause()
        await w.press("question_mark")
        await w.shows(begins)
        first = next(line for line in w.screen_text().splitlines() if "─ Keys" in line)
        below = w.screen_text().splitlines()[w.screen_text().splitlines().index(first) + 1]
        assert begins in below
