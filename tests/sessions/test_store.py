from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.searches import started
from tui_aide.engine.store import HandedIn
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.places import all_sessions, find_session
from tui_aide.sessions.store import FolderStore
from tui_aide.tree.events import Budget


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(SessionFolder(tmp_path))


def test_published_best_is_replaced_whole(store: FolderStore, tmp_path: Path) -> None:
    store.write(0, "solution.py", "first")
    store.write(0, "submission.csv", "id,y\n")
    store.publish(0)
    store.write(1, "solution.py", "second")
    store.publish(1)
    assert (tmp_path / "best" / "solution.py").read_text() == "second"
    assert not (tmp_path / "best" / "submission.csv").exists()
    assert [p.name for p in tmp_path.glob(".best*")] == []
    store.close()


def test_streamed_text_is_in_the_file_soon_and_whole_at_close(store: FolderStore, tmp_path: Path) -> None:
    sink = store.stream(3, "reasoning.md")
    path = tmp_path / "nodes" / "0003" / "reasoning.md"
    sink.write("a")
    time.sleep(0.06)
    sink.write("b")
    assert path.read_text() == "ab"
    sink.write("c")
    sink.close()
    assert path.read_text() == "abc"
    store.close()


def test_cleared_node_has_no_files(store: FolderStore, tmp_path: Path) -> None:
    store.write(0, "solution.py", "x")
    store.clear_node(0)
    assert store.read(0, "solution.py") == ""
    store.close()


def test_tail_of_a_file(store: FolderStore) -> None:
    store.write(0, "output.log", "0123456789")
    assert store.read(0, "output.log", tail=3) == "789"
    store.close()


def test_place_that_cannot_be_written_is_named(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "nodes").write_text("a file in the way")
    with pytest.raises(SessionError, match="nodes/0000: cannot be written"):
        store.write(0, "solution.py", "x")
    store.append(started())
    store.close()


def config(name: str) -> SessionConfig:
    source = TaskSource(name="toy", source="toy", metric="rmse", direction="min")
    return SessionConfig(
        id=name, name=name, created=0.0, version="0", task=source, search=SearchSettings(), budget=Budget(nodes=3)
    )


def test_session_has_its_name_only_when_it_is_sealed(tmp_path: Path) -> None:
    folder = create_folder(tmp_path, "one")
    assert all_sessions(tmp_path) == []
    sealed = seal(folder, config("one"))
    assert [f.path for f in all_sessions(tmp_path)] == [sealed.path] == [tmp_path / "one"]
    assert sealed.config() == config("one")


def test_what_a_death_left_while_preparing_is_swept(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    left = tmp_path / f".new-{gone.pid}-one"
    left.mkdir()
    (left / "train.csv").touch()
    create_folder(tmp_path, "one")
    assert not left.exists()


def test_taken_or_odd_names_are_refused(tmp_path: Path) -> None:
    seal(create_folder(tmp_path, "one"), config("one"))
    with pytest.raises(UsageError, match="there is a session of this name"):
        create_folder(tmp_path, "one")
    for name in ("", "../up", "a b", "-rf", "x" * 300):
        with pytest.raises(UsageError, match="use letters"):
            create_folder(tmp_path, name)


def test_session_is_found_by_the_start_of_its_name(tmp_path: Path) -> None:
    for name in ("digits-fern-0001", "digits-oak-0002", "leaky-fern-0003"):
        seal(create_folder(tmp_path, name), config(name))
    assert find_session("leaky", tmp_path).id == "leaky-fern-0003"
    assert find_session("digits-oak-0002", tmp_path).id == "digits-oak-0002"
    for word, why in (("digits", "the start of several"), ("digts-oak", "Did you mean 'digits-oak-0002'")):
        with pytest.raises(UsageError, match=why):
            find_session(word, tmp_path)
    for odd in ("x" * 300, "~nobodyhere/x", "a\0b"):
        with pytest.raises(UsageError):
            find_session(odd, tmp_path)


def test_submission_that_is_handed_in_takes_the_place_of_the_nodes_own(store: FolderStore, tmp_path: Path) -> None:
    for node in (0, 1):
        store.write(node, "solution.py", f"script {node}")
        store.write(node, "submission.csv", f"own {node}")
    store.final_folder().mkdir()
    (store.final_folder() / "ensemble.csv").write_text("a blend")
    store.publish(1, HandedIn("ensemble.csv", "{}", (0, 1)))
    best = {p.relative_to(tmp_path / "best").as_posix(): p.read_text() for p in (tmp_path / "best").rglob("*.*")}
    assert best == {
        "solution.py": "script 1",
        "submission.csv": "a blend",
        "ensemble.json": "{}",
        "members/0000.py": "script 0",
        "members/0001.py": "script 1",
    }
    store.publish(1, HandedIn("gone.csv", "{}", (0, 1)))
    assert sorted(p.name for p in (tmp_path / "best").iterdir()) == ["solution.py", "submission.csv"]
    assert (tmp_path / "best" / "submission.csv").read_text() == "own 1"
    store.close()


def test_without_a_word_the_latest_session_is_meant_and_one_that_runs_before_it(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        folder = seal(create_folder(tmp_path, name), config(name))
        os.utime(folder.config_file, (1e9 - age, 1e9 - age))
    lock = WriterLock(SessionFolder(tmp_path / "middle"))
    assert find_session(None, tmp_path).id == "new"
    assert find_session(None, tmp_path, running_first=True).id == "middle"
    lock.release()
    assert find_session(None, tmp_path, running_first=True).id == "new"
