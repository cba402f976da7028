from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from tui_aide.tui.settings import (
    Key,
    Settings,
    keys,
    read_settings,
    refusal,
    save_settings,
    settings_file,
    value_of,
    with_value,
)
from tui_aide.tui.toml_edit import with_keys


def test_a_missing_file_or_folder_is_no_error_and_is_made_when_something_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "settings.toml"
    settings, problems = read_settings(path)
    assert (settings, problems) == (Settings(), [])
    assert not save_settings(path, settings, with_value(settings, "theme", "paper"))
    assert path.read_text() == 'theme = "paper"\n'
    assert read_settings(path)[0].theme == "paper"


def test_every_key_has_a_description_and_its_default_is_valid() -> None:
    for key in keys():
        assert key.description.endswith(".")
        assert value_of(with_value(Settings(), key.path, key.default), key.path) == key.default


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('motion = "some"', "motion: Invalid enum value 'some'; it is \"full\" until"),
        ("theme = 3", 'theme: Expected `str`, got `int`; it is "night" until'),
        ("[layout]\ntree_share = 99", "layout.tree_share: Expected `int` <= 70; it is 38 until"),
        ('them = "paper"', "no setting 'them'; it is kept and does nothing. Did you mean 'theme'?"),
        ("theme = ", "is no TOML"),
        (
            '[notify]\nquiet = "10pm to 7"',
            "notify.quiet: that is not of the form it needs. Hours without bell and desktop",
        ),
        ('[notify]\nquiet = "22:00-24:00"', 'for example 22:00-07:00; empty: none; it is "" until that is mended'),
        ("[notify]\nquiet = 22", 'notify.quiet: Expected `str`, got `int`; it is "" until that is mended'),
        (
            "[notify]\nquite = true",
            "no setting 'notify.quite'; it is kept and does nothing. Did you mean 'notify.quiet'?",
        ),
        ("layout = 3", "no setting 'layout'"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_remedy_and_the_rest_holds(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('keymap = "vim"\n' + text)
    settings, (problem,) = read_settings(path)
    assert problem.startswith(f"{path}: ")
    assert words in problem
    if "TOML" not in words:
        assert settings == Settings(keymap="vim")


def test_saving_keeps_comments_unknown_keys_and_what_another_viewer_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('# mine\ntheme = "night"  # at home\nlater = [1, 2]\n\n[layout]\nzoomed = true\n[other]\nx = 1\n')
    mine, _ = read_settings(path)
    path.write_text(path.read_text().replace("later", 'keymap = "vim"\nlater'))
    changed = with_value(with_value(mine, "theme", "paper"), "layout.tree_share", 50)
    assert not save_settings(path, mine, changed)
    assert path.read_text() == (
        '# mine\ntheme = "paper"  # at home\nkeymap = "vim"\nlater = [1, 2]\n\n'
        "[layout]\nzoomed = true\ntree_share = 50\n[other]\nx = 1\n"
    )


def test_a_text_of_the_wrong_form_is_refused_in_words_not_by_a_pattern() -> None:
    key = Key("notifications.quiet", str, (), "Hours without a bell, such as 22:00-07:00.", "")
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert("22", Annotated[str, msgspec.Meta(pattern=r"^\d\d:")])
    assert refusal(key, caught.value) == (
        "notifications.quiet: that is not of the form it needs. Hours without a bell, such as 22:00-07:00"
    )


def test_a_file_that_cannot_be_read_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("theme = ")
    assert "Not saved" in save_settings(path, Settings(), Settings(theme="paper"))
    assert path.read_text() == "theme = "


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = save_settings(tmp_path / "file" / "settings.toml", Settings(), Settings(theme="paper"))
    assert "cannot be written" in told
    assert "until you leave" in told


def test_an_inline_table_keeps_its_other_keys() -> None:
    done = with_keys('layout = { zoomed = true, other = "#" }\n', {"layout.with_log": True, "theme": "a # b"})
    assert tomllib.loads(done.decode()) == {
        "layout": {"zoomed": True, "other": "#", "with_log": True},
        "theme": "a # b",
    }


def test_the_config_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TUI_AIDE_CONFIG_DIR", str(tmp_path))
    assert settings_file() == tmp_path / "settings.toml"
