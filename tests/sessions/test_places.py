"""Recordings that come with the program are found by their word from any folder, and are never written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Program
from tui_aide.errors import UsageError
from tui_aide.sessions.places import find_session, recordings, shipped

ROOT = Path(__file__).parents[2]


def test_a_recording_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert recordings() == ["sessions/steered", "sessions/tiny-r1", "sessions/tumours"]
    assert find_session("sessions/tumours", tmp_path).path == ROOT / "sessions" / "tumours"


def test_the_user_s_own_folder_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shipped("sessions") / "tumours", tmp_path / "sessions" / "tumours")
    monkeypatch.chdir(tmp_path)
    assert find_session("sessions/tumours", tmp_path).path == tmp_path / "sessions" / "tumours"


@pytest.mark.parametrize(
    "words",
    [
        ("delete", "--yes", "sessions/tumours"),
        ("rename", "sessions/tumours", "mine"),
        ("send", "sessions/tumours", "stop"),
        ("resume", "--headless", "sessions/tumours"),
    ],
    ids=lambda words: words[0],
)
def test_nothing_writes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    from tui_aide.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path))
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "tui-aide: sessions/tumours is a recording that comes with tui_aide: it can be looked at and exported only\n"
    )


def test_where_there_is_no_session_a_recording_is_offered(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"or look at a recorded one: tui-aide replay sessions/tumours$"):
        find_session(None, tmp_path)


def test_showing_one_leaves_no_file_beside_it(tmp_path: Path) -> None:
    program = Program(tmp_path)
    before = sorted((ROOT / "sessions" / "tumours").rglob("*"))
    assert "#1" in program.run("show", "sessions/tumours").stdout
    assert program.run("attach", "--headless", "sessions/tumours").returncode == 0
    assert sorted((ROOT / "sessions" / "tumours").rglob("*")) == before
