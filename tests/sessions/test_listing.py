from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.searches import created, finished, started
from tests.sessions.made import END, make_session, search
from tui_aide.sessions.listing import Listed, chosen, list_sessions, ordered
from tui_aide.sessions.lock import WriterLock


def names(sessions: list[Listed]) -> list[str]:
    return [s.folder.id for s in sessions]


def only(place: Path) -> Listed:
    (found,) = list_sessions(place)
    return found


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for name, age in (("old", 900.0), ("new", 1.0), ("older", 5000.0)):
        make_session(tmp_path, name, age=age)
    (tmp_path / "no-session").mkdir()
    (tmp_path / "a-file").write_text("")
    assert names(list_sessions(tmp_path)) == ["new", "old", "older"]


def test_a_place_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("end", "status"),
    [(END, "finished"), (END.__class__(status="stopped", reason=""), "stopped"), (None, "interrupted")],
)
def test_a_lost_summary_is_made_again_from_the_journal_once(tmp_path: Path, end: object, status: str) -> None:
    folder = make_session(tmp_path, "one", [e for e in [*search()[:-1], end] if e], summary=False)  # type: ignore[misc]
    found = only(tmp_path)
    assert (found.status, found.nodes, found.best, found.task) == (status, 1, 0.9, "toy")
    assert folder.summary_file.is_file()
    stamp = folder.journal.stat().st_mtime
    folder.journal.write_bytes(b"not read again\n")
    os.utime(folder.journal, (stamp, stamp))
    again = only(tmp_path)
    assert (again.status, again.nodes, again.best) == (status, 1, 0.9)


def test_a_summary_older_than_the_journal_is_not_believed(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one", search()[:4])
    os.utime(folder.summary_file, (1.0, 1.0))
    folder.summary_file.write_text('{"status": "running", "node_count": 0}')
    os.utime(folder.summary_file, (1.0, 1.0))
    found = only(tmp_path)
    assert (found.status, found.nodes, found.best) == ("interrupted", 1, 0.9)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"best": "x"}', '{"node_count": "many"}', '{"direction": "up"}'])
def test_a_damaged_summary_is_made_again(tmp_path: Path, text: str) -> None:
    folder = make_session(tmp_path, "one")
    folder.summary_file.write_text(text)
    assert (only(tmp_path).status, only(tmp_path).best) == ("finished", 0.9)
    assert json.loads(folder.summary_file.read_text())["status"] == "finished"


@pytest.mark.parametrize("paused", [False, True])
def test_who_holds_the_lock_is_running(tmp_path: Path, paused: bool) -> None:
    from tui_aide.tree.events import Paused

    folder = make_session(tmp_path, "one", [*search()[:-1], *([Paused()] if paused else [])])
    assert only(tmp_path).status == "interrupted"
    lock = WriterLock(folder)
    assert only(tmp_path).status == ("paused" if paused else "running")
    lock.release()
    assert only(tmp_path).status == "interrupted"


def test_one_that_never_began_shows_what_was_asked(tmp_path: Path) -> None:
    make_session(tmp_path, "one", [], task="tumours", model="m", summary=False)
    found = only(tmp_path)
    assert (found.status, found.task, found.model, found.nodes) == ("interrupted", "tumours", "m", 0)


def test_damaged_ones_say_why_and_break_nothing(tmp_path: Path) -> None:
    make_session(tmp_path, "good")
    shutil.copytree(tmp_path / "good", tmp_path / "no-config")
    (tmp_path / "no-config" / "session.toml").unlink()
    make_session(tmp_path, "empty-config").config_file.write_text("")
    make_session(tmp_path, "no-journal", [], summary=False).config_file.write_text("[")
    make_session(tmp_path, "bad-line", summary=False).journal.write_bytes(b'{"type": 7}\n')
    make_session(tmp_path, "bad-node", [started(), created(0)], summary=False)
    lines = (tmp_path / "bad-node" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "bad-node" / "journal.jsonl").write_bytes(
        lines[0] + lines[1].replace(b'"parents":[]', b'"parents":[7]')
    )
    (tmp_path / "newer").mkdir()
    shutil.copytree(tmp_path / "good", tmp_path / "newer", dirs_exist_ok=True)
    newer = (tmp_path / "newer" / "journal.jsonl").read_bytes().replace(b'"format":2', b'"format":99')
    (tmp_path / "newer" / "journal.jsonl").write_bytes(newer)
    problems = {s.folder.id: s.problem for s in list_sessions(tmp_path) if s.status == "damaged"}
    assert set(problems) == {"no-config", "empty-config", "no-journal", "bad-line", "bad-node", "newer"}
    assert "session.toml is missing" in problems["no-config"]
    assert "damaged line" in problems["bad-line"]
    assert "node 7" in problems["bad-node"]
    assert "newer" in problems["newer"]


def test_a_moved_session_has_its_name_and_paths_of_now(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one", [])
    (folder.best).mkdir()
    (folder.best / "submission.csv").write_text("id,y\n")
    summary = {"session": "one", "status": "finished", "best": {"score": 1.0, "submission": "/old/submission.csv"}}
    folder.summary_file.write_text(json.dumps(summary))
    folder.path.rename(tmp_path / "two")
    found = only(tmp_path).summary
    assert (found["session"], found["path"]) == ("two", str(tmp_path / "two"))
    assert found["best"]["submission"] == str(tmp_path / "two" / "best" / "submission.csv")


def test_filters_take_parts_of_names_in_any_case(tmp_path: Path) -> None:
    make_session(tmp_path, "a", task="Tumours", model="deepseek-ai/R1")
    make_session(tmp_path, "b", task="digits", model="builtin")
    make_session(tmp_path, "c", search()[:-1], task="digits", model="builtin")
    found = list_sessions(tmp_path)
    assert names(chosen(found, task="tumour")) == ["a"]
    assert names(chosen(found, model="r1")) == ["a"]
    assert sorted(names(chosen(found, task="DIG", statuses=["finished", "interrupted"]))) == ["b", "c"]
    assert names(chosen(found, statuses=["interrupted"])) == ["c"]
    assert chosen(found, task="x") == []


def test_the_best_comes_first_in_the_metrics_direction(tmp_path: Path) -> None:
    for name, value in (("low", 0.2), ("high", 0.8)):
        make_session(tmp_path, name, search(value), task="accurate")
        make_session(tmp_path, f"{name}-error", search(value), task="erring", metric="rmse", direction="min")
    make_session(tmp_path, "none", [started(), created(0), finished(0, None, "crash"), END], task="a")
    assert names(ordered(list_sessions(tmp_path), "best")) == ["high", "low", "low-error", "high-error", "none"]
    assert names(ordered(list_sessions(tmp_path), "name")) == ["high", "high-error", "low", "low-error", "none"]


def test_one_that_is_being_written_gets_no_summary_from_a_list(tmp_path: Path) -> None:
    folder = make_session(tmp_path, "one", summary=False)
    before = sorted(p.name for p in folder.path.iterdir())
    lock = WriterLock(folder)  # a runner that has not written its first summary
    try:
        assert only(tmp_path).nodes == 1
        assert sorted(p.name for p in folder.path.iterdir()) == sorted([*before, "lock"])
    finally:
        lock.release()


def test_touched_is_when_the_journal_was_written(tmp_path: Path) -> None:
    make_session(tmp_path, "one", age=3600.0)
    assert time.time() - only(tmp_path).touched == pytest.approx(3600.0, abs=5)
