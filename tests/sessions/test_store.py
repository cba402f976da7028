from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.searches import started
from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder, create_folder
from tui_aide.sessions.places import find_session
from tui_aide.sessions.store import FolderStore


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


def test_taken_or_odd_names_are_refused(tmp_path: Path) -> None:
    create_folder(tmp_path, "one")
    with pytest.raises(SessionError, match="there is a session of this name"):
        create_folder(tmp_path, "one")
    for name in ("", "../up", "a b", "-rf"):
        with pytest.raises(SessionError, match="use letters"):
            create_folder(tmp_path, name)


def test_session_is_found_by_the_start_of_its_name(tmp_path: Path) -> None:
    for name in ("digits-fern-0001", "digits-oak-0002", "leaky-fern-0003"):
        (create_folder(tmp_path, name).path / "session.toml").touch()
    assert find_session("leaky", tmp_path).id == "leaky-fern-0003"
    assert find_session("digits-oak-0002", tmp_path).id == "digits-oak-0002"
    with pytest.raises(Exception, match="the start of several"):
        find_session("digits", tmp_path)
    with pytest.raises(Exception, match="Did you mean 'digits-oak-0002'"):
        find_session("digts-oak", tmp_path)
