"""Each TOML file of a user may say its format: old ones are brought on, newer ones are refused in one line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_aide.bench.suite_toml import find_suite
from tui_aide.errors import SessionError, TaskError, TuiAideError, UsageError
from tui_aide.file_formats import FormatError, brought
from tui_aide.sessions.config import read_config
from tui_aide.sessions.places import shipped
from tui_aide.tasks.task_toml import read_task_toml
from tui_aide.tui.keymaps import load_keymap
from tui_aide.tui.settings import Settings, read_settings, save_settings, with_value
from tui_aide.tui.theme_files import read_theme

ROOT = Path(__file__).parent.parent
NEWER = "key 'format' is 2, newer than this tui_aide's 1; update tui_aide"


def renamed(keys: dict[str, Any]) -> dict[str, Any]:
    """From a made-up format 1 to 2: `colours` is called `theme`."""
    return {("theme" if name == "colours" else name): value for name, value in keys.items()}


def nested(keys: dict[str, Any]) -> dict[str, Any]:
    """From 2 to 3: `zoomed` went into the table `[layout]`."""
    return {n: v for n, v in keys.items() if n != "zoomed"} | {"layout": {"zoomed": keys.get("zoomed", False)}}


STEPS = {1: renamed, 2: nested}


def test_steps_are_taken_in_turn_from_the_file_s_own_format() -> None:
    assert brought({"colours": "paper"}, 2, STEPS) == {"theme": "paper"}
    assert brought({"colours": "paper", "zoomed": True}, 3, STEPS) == {"theme": "paper", "layout": {"zoomed": True}}
    assert brought({"format": 2, "colours": "own"}, 2, STEPS) == {"colours": "own"}
    assert brought({"a": 1}, 5, {}) == {"a": 1}


@pytest.mark.parametrize("bad", ["1", 0, -1, True, 1.0])
def test_what_is_no_format_is_refused(bad: object) -> None:
    with pytest.raises(FormatError, match=r"it is a whole number from 1 to 3: remove the line"):
        brought({"format": bad}, 3, STEPS)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


READERS: dict[str, tuple[Callable[[Path], object], type[TuiAideError]]] = {
    "task.toml": (lambda path: read_task_toml(path.parent), TaskError),
    "session.toml": (read_config, SessionError),
    "suite.toml": (lambda path: find_suite(str(path)), UsageError),
    "theme.toml": (read_theme, UsageError),
}


@pytest.mark.parametrize("name", READERS)
def test_a_newer_file_is_refused_in_one_line_whatever_else_it_holds(tmp_path: Path, name: str) -> None:
    read, error = READERS[name]
    with pytest.raises(error) as caught:
        read(write(tmp_path, name, 'format = 2\nnew = [{ all = "else" }]\n'))
    assert NEWER in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_today_s_format_may_be_said(tmp_path: Path) -> None:
    assert read_task_toml(write(tmp_path, "task.toml", 'format = 1\nmetric = "rmse"\n').parent).metric == "rmse"
    night = (shipped("themes") / "night.toml").read_text()
    assert read_theme(write(tmp_path, "theme.toml", "format = 1\n" + night)).name == "night"
    suite = (ROOT / "tui_aide/bench/suites/smoke.toml").read_text()
    assert find_suite(str(write(tmp_path, "suite.toml", "format = 1\n" + suite))).name == "smoke"
    keymap = load_keymap("default", write(tmp_path, "keymap.toml", 'format = 1\n"search.pin" = "ctrl+n"\n'))
    assert (keymap.keys["search.pin"], keymap.problems) == ("ctrl+n", ())


def test_newer_keys_and_settings_are_told_and_leave_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "keymap.toml", 'format = 2\n"search.pin" = "ctrl+n"\n')
    assert load_keymap("default", path).problems == (f"{path}: {NEWER}; none of it holds",)
    path = write(tmp_path, "settings.toml", 'format = 2\ntheme = "paper"\n')
    assert read_settings(path) == (Settings(), [f"{path}: {NEWER}; all settings have their defaults"])
    assert save_settings(path, Settings(), Settings(theme="mist")) == f"{path}: {NEWER}. Not saved"
    assert path.read_text() == 'format = 2\ntheme = "paper"\n'


def test_settings_of_an_old_format_hold_and_are_brought_on_when_something_is_saved(tmp_path: Path) -> None:
    text = '# mine\ncolours = "paper"\nzoomed = true  # wide\nkeymap = "vim"  # at home\nlater = 1\n'
    path = write(tmp_path, "settings.toml", text)
    settings, problems = read_settings(path, newest=3, steps=STEPS)
    assert (settings.theme, settings.layout.zoomed, settings.keymap) == ("paper", True, "vim")
    assert [p for p in problems if "later" not in p] == []
    assert path.read_text() == text  # reading changes nothing
    assert not save_settings(path, settings, with_value(settings, "motion", "reduced"), newest=3, steps=STEPS)
    assert tomllib.loads(path.read_text()) == {
        "format": 3, "theme": "paper", "keymap": "vim", "later": 1, "motion": "reduced", "layout": {"zoomed": True},
    }  # fmt: skip
    assert path.read_text().startswith("# mine\n")
    assert 'keymap = "vim"  # at home\n' in path.read_text()
    assert read_settings(path, newest=3, steps=STEPS)[0] == with_value(settings, "motion", "reduced")
