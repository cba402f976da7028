from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sessions.made import make_session, search
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.disk_use import disk_use
from tui_aide.sessions.folder import create_folder
from tui_aide.sessions.leftovers import leftovers, sweep
from tui_aide.sessions.listing import list_sessions
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.removal import remove_session, to_prune
from tui_aide.sessions.renaming import rename_session
from tui_aide.sessions.view import SessionView
from tui_aide.tasks.read_only import make_read_only

DAY = 86400.0


def dead_pid() -> int:
    done = subprocess.Popen([sys.executable, "-S", "-c", ""])
    done.wait()
    return done.pid


def pruned(place: Path, older_than: float, **more: object) -> list[str]:
    return [s.folder.id for s in to_prune(list_sessions(place), time.time(), older_than, **more)]  # type: ignore[arg-type]


def test_a_removed_session_is_gone_with_what_is_read_only(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one")
    (folder.path / "input").mkdir()
    (folder.path / "input" / "train.csv").write_text("a\n")
    make_read_only(folder.path / "input")
    remove_session(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_running_session_is_neither_removed_nor_renamed(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one")
    lock = WriterLock(folder)
    with pytest.raises(SessionError, match="running"):
        remove_session(folder)
    with pytest.raises(SessionError, match="running"):
        rename_session(folder, "two")
    lock.release()
    assert folder.journal.is_file()


def test_old_ones_are_pruned_the_oldest_first_and_running_ones_never(tmp_path: Path) -> None:
    for name, days in (("new", 1), ("old", 40), ("older", 90)):
        make_session(tmp_path, name, age=days * DAY)
    running = make_session(tmp_path, "running", search()[:-1], age=99 * DAY)
    make_session(tmp_path, "dead", search()[:-1], age=99 * DAY)
    lock = WriterLock(running)
    assert pruned(tmp_path, 30 * DAY) == ["dead", "older", "old"]
    assert pruned(tmp_path, 30 * DAY, statuses=("finished", "running")) == ["older", "old"]
    assert pruned(tmp_path, 30 * DAY, statuses=("interrupted",)) == ["dead"]
    assert pruned(tmp_path, 100 * DAY) == []
    lock.release()


def test_the_best_of_each_task_may_be_kept(tmp_path: Path) -> None:
    for name, value, task in (("a", 0.1, "t"), ("b", 0.9, "t"), ("c", 0.5, "t"), ("d", 0.2, "u")):
        make_session(tmp_path, name, search(value), task=task, age=40 * DAY)
    assert sorted(pruned(tmp_path, 30 * DAY, keep_best=1)) == ["a", "c"]
    assert pruned(tmp_path, 30 * DAY, keep_best=2) == ["a"]


def test_a_renamed_session_keeps_its_search_and_shows_its_new_name(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one")
    folder.runner_file.write_text('{"pid": 1, "socket": "/nowhere"}')
    renamed = rename_session(folder, "two")
    assert [s.folder.id for s in list_sessions(tmp_path)] == ["two"]
    assert (renamed.config().id, renamed.config().name) == ("two", "two")
    assert not renamed.runner_file.exists()
    view = SessionView(renamed)
    view.refresh()
    assert view.tree.started is not None
    assert view.tree.started.session == "test"


@pytest.mark.parametrize("name", ["two", "a/b", "", ".x", "x" * 101])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_session(tmp_path, "one")
    make_session(tmp_path, "two")
    with pytest.raises(UsageError):
        rename_session(folder, name)
    assert folder.exists()


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder for temporary files whose path is short enough for a socket (107 bytes)."""
    with tempfile.TemporaryDirectory(prefix="t-") as place:
        monkeypatch.setattr("tempfile.tempdir", place)
        yield Path(place)


def test_what_the_dead_left_is_swept_and_what_the_living_make_stays(tmp_path: Path, temporary: Path) -> None:
    place, pid = tmp_path / "sessions", dead_pid()
    folder, live = make_session(place, "one"), make_session(place, "live")
    create_folder(place, "being-made")
    for name in (f".new-{pid}-x", f".deleted-{pid}-y"):
        (place / name / "nodes").mkdir(parents=True)
    for session in (folder, live):
        (session.path / ".best-abc").mkdir()
        (session.path / ".reserve").write_bytes(b"0")
        (session.path / ".summary.json.x1").write_text("{")
    for name in ("tui-aide-empty", "tui-aide-full", "tui-aide-used", "tui-aide-0", "tui-aide-young", "tui-aide-deaf"):
        (temporary / name).mkdir()
    (temporary / "tui-aide-full" / "file").write_text("a user's")
    for name in ("tui-aide-empty", "tui-aide-used", "tui-aide-0"):
        os.utime(temporary / name, (1.0, 1.0))
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(temporary / "tui-aide-deaf" / "runner.sock"))
    ears = socket.socket(socket.AF_UNIX)
    (temporary / "tui-aide-ears").mkdir()
    ears.bind(str(temporary / "tui-aide-ears" / "runner.sock"))
    ears.listen()
    user = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=temporary / "tui-aide-used")
    lock = WriterLock(live)
    try:
        found = leftovers(place)
        left = [f".new-{pid}-x", f".deleted-{pid}-y", ".best-abc", ".reserve", ".summary.json.x1"]
        left += ["tui-aide-empty", "tui-aide-deaf"]
        assert sorted(p.name for p in found if p.parent != Path("/tmp")) == sorted(left)
        ours = [p for p in found if p.parent != Path("/tmp")]
        assert sweep(ours) == len(ours)
    finally:
        lock.release()
        ears.close()
        user.communicate(b"\n")
    stayed = sorted(p.name for p in temporary.iterdir())
    assert stayed == ["tui-aide-0", "tui-aide-ears", "tui-aide-full", "tui-aide-used", "tui-aide-young"]
    assert (live.path / ".best-abc").is_dir()
    assert f".new-{os.getpid()}-being-made" in [p.name for p in place.iterdir()]
    assert [p.name for p in folder.path.glob(".*")] == []
    assert [s.folder.id for s in list_sessions(place) if s.status == "damaged"] == []


def test_disk_use_counts_blocks_once_and_follows_no_link(tmp_path: Path) -> None:
    before = disk_use(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "data").write_bytes(os.urandom(100_000))
    (tmp_path / "a" / "same").hardlink_to(tmp_path / "a" / "b" / "data")
    (tmp_path / "up").symlink_to("/usr", target_is_directory=True)
    assert 100_000 <= disk_use(tmp_path) - before < 150_000
    assert disk_use(tmp_path / "nowhere") == 0
