from __future__ import annotations

from pathlib import Path

from tests.searches import created, finished, started
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalWriter
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.view import SessionView, TextTail
from tui_aide.tree import events as ev


def test_view_follows_a_journal_as_it_grows(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    writer = JournalWriter(folder.journal)
    writer.append(started())
    view = SessionView(folder)
    assert len(view.refresh()) == 1
    assert view.refresh() == []
    writer.append(created(0))
    writer.append(finished(0, 0.5))
    assert len(view.refresh()) == 2
    assert view.tree.nodes[0].valid
    writer.close()


def test_status_tells_a_dead_runner_from_a_live_one(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    writer = JournalWriter(folder.journal)
    writer.append(started())
    view = SessionView(folder)
    view.refresh()
    lock = WriterLock(folder)
    assert view.status == "running"
    lock.release()
    assert view.status == "interrupted"
    writer.append(ev.SessionFinished(status="stopped", reason="the test"))
    writer.close()
    view.refresh()
    assert view.status == "stopped"


def test_tail_returns_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    tail = TextTail(path)
    assert tail.read() == ""
    path.write_text("one\n")
    assert tail.read() == "one\n"
    assert tail.read() == ""
    with path.open("a") as file:
        file.write("two\n")
    assert tail.read() == "two\n"


def test_tail_of_a_large_file_starts_near_its_end(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("x" * 10_000 + "end")
    tail = TextTail(path, limit=100)
    assert tail.read().endswith("xend")
    assert tail.skipped == 10_003 - 100


def test_tail_holds_back_half_a_character(tmp_path: Path) -> None:
    path = tmp_path / "reasoning.md"
    data = "größer ★".encode()
    tail = TextTail(path)
    read = ""
    for i in range(1, len(data) + 1):
        path.write_bytes(data[:i])
        read += tail.read()
    assert read == "größer ★"


def test_tail_starts_over_when_the_file_is_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("the first run\n")
    tail = TextTail(path)
    tail.read()
    path.write_text("again\n")
    assert tail.read() == "again\n"
    assert tail.restarted
