"""docs/screens.md says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tui_aide.tui.keymaps import load_keymap
from tui_aide.tui.settings import settings_file
from tui_aide.tui.theme_files import read_theme

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "screens.md").read_text(encoding="utf-8")


def test_its_tables_are_those_of_the_code() -> None:
    done = subprocess.run([sys.executable, DOCS / "screen_tables.py", "--check"], check=False)
    assert done.returncode == 0, "run: python docs/screen_tables.py"


def test_its_examples_are_a_theme_and_a_keymap(tmp_path: Path) -> None:
    theme, keys = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mine.toml").write_text(theme)
    assert read_theme(tmp_path / "mine.toml").name == "mine"
    assert len(tomllib.loads(keys)) == 4
    (tmp_path / "keymap.toml").write_text(keys)
    keymap = load_keymap("default", tmp_path / "keymap.toml")
    assert keymap.keys["search.kill"] == ""
    assert keymap.keys["screen.events"] == "f2"
    assert not [p for p in keymap.problems if "that was" not in p]


def test_the_config_folder_is_the_one_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUI_AIDE_CONFIG_DIR")
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    shown = str(settings_file().parent).replace(str(Path.home()), "~")
    assert f"`{shown}`" in PAGE
