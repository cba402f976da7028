"""Where things lie: recordings that come with the program, and a machine whose home cannot be written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from tests.cli.program import Program, write_task
from tui_aide.errors import UsageError
from tui_aide.sessions.places import cache_dir, find_session, recordings, shipped

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


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose home is below a file, so that nobody, not even root, can write it; and its temporary folder."""
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    for name in ("TUI_AIDE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


def test_where_home_cannot_be_written_the_cache_is_a_private_temporary_folder(no_home: Path) -> None:
    folder = cache_dir()
    assert folder == no_home / f"tui_aide-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert cache_dir() == folder


@pytest.mark.parametrize("made", ["link", "open"])
def test_a_temporary_folder_that_others_can_write_is_not_taken(no_home: Path, tmp_path: Path, made: str) -> None:
    folder = no_home / f"tui_aide-{os.getuid()}"
    if made == "link":
        folder.symlink_to(tmp_path)
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert cache_dir() == user_cache_path("tui_aide", appauthor=False)


def test_a_search_with_no_home_needs_only_a_place_for_its_session(no_home: Path, tmp_path: Path) -> None:
    program = Program(tmp_path)
    del program.environment["TUI_AIDE_CACHE_DIR"]
    task = str(write_task(tmp_path / "tiny"))
    words = ("run", task, "--model", "builtin", "--nodes", "1", "--headless", "--no-refit")
    done = program.run(*words)
    assert done.returncode == 0, done.stderr
    assert "finished: 1 node" in done.stdout
    del program.environment["TUI_AIDE_SESSIONS_DIR"]
    done = program.run(*words)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("choose another place with --sessions-dir or TUI_AIDE_SESSIONS_DIR")
