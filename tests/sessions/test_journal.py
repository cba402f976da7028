from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.searches import created, finished, started
from tui_aide.errors import SessionError
from tui_aide.sessions.journal import JournalReader, JournalWriter
from tui_aide.tree import events as ev


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def write(path: Path, *events: ev.Event, last_seq: int = 0) -> None:
    writer = JournalWriter(path, last_seq)
    for event in events:
        writer.append(event)
    writer.close()


def test_events_come_back_stamped_in_order(journal: Path) -> None:
    write(journal, started(), created(0), finished(0, 0.5))
    events = JournalReader(journal).read()
    assert [e.seq for e in events] == [1, 2, 3]
    assert [type(e) for e in events] == [ev.SessionStarted, ev.NodeCreated, ev.NodeFinished]
    assert all(e.time > 0 for e in events)


def test_appended_event_is_readable_before_the_writer_closes(journal: Path) -> None:
    writer = JournalWriter(journal)
    reader = JournalReader(writer._path)
    assert reader.read() == []
    writer.append(started())
    assert len(reader.read()) == 1
    writer.append(created(0))
    assert [type(e) for e in reader.read()] == [ev.NodeCreated]
    writer.close()


def test_torn_last_line_is_dropped_and_reported(journal: Path) -> None:
    write(journal, started(), created(0))
    with journal.open("ab") as file:
        file.write(b'{"type":"node_finished","seq":3,"ti')
    opened = JournalReader(journal)
    opened.read()
    assert opened.drop_torn() == 35
    write(journal, finished(0, 0.5), last_seq=2)
    assert [e.seq for e in JournalReader(journal).read()] == [1, 2, 3]


def test_half_line_of_a_live_writer_is_read_when_it_is_whole(journal: Path) -> None:
    write(journal, started())
    line = ev.encode(created(0, seq=2))
    reader = JournalReader(journal)
    assert len(reader.read()) == 1
    with journal.open("ab", buffering=0) as file:
        file.write(line[:20])
        assert reader.read() == []
        file.write(line[20:])
        assert [type(e) for e in reader.read()] == [ev.NodeCreated]


def test_half_line_that_is_cut_off_again_does_not_trouble_a_viewer(journal: Path) -> None:
    write(journal, started())
    reader = JournalReader(journal)
    reader.read()
    with journal.open("ab") as file:
        file.write(b'{"type":"node_fin')
    assert reader.read() == []
    assert reader.torn == 17
    opened = JournalReader(journal)
    opened.read()
    opened.drop_torn()
    write(journal, created(0), last_seq=1)
    assert [type(e) for e in reader.read()] == [ev.NodeCreated]


def test_no_journal_yet_is_no_events(tmp_path: Path) -> None:
    assert JournalReader(tmp_path / "journal.jsonl").read() == []


def test_damage_before_the_last_line_is_an_error_that_names_the_file(journal: Path) -> None:
    write(journal, started())
    with journal.open("ab") as file:
        file.write(b"garbage\n")
    with pytest.raises(SessionError, match=r"journal\.jsonl: damaged line"):
        JournalReader(journal).read()


def test_damage_is_told_at_each_read(journal: Path) -> None:
    write(journal, started(), created(0))
    reader = JournalReader(journal)
    reader.read()
    with journal.open("ab") as file:
        file.write(b"garbage\n")
    for _ in range(2):
        with pytest.raises(SessionError, match="damaged line"):
            reader.read()


def test_newer_format_is_refused(journal: Path) -> None:
    import msgspec

    newer = msgspec.structs.replace(started(), format=99, seq=1)
    journal.write_bytes(ev.encode(newer))
    with pytest.raises(SessionError, match="newer"):
        JournalReader(journal).read()


def test_a_line_that_does_not_fit_leaves_no_half_behind(journal: Path) -> None:
    write(journal, started())
    writer = JournalWriter(journal, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size + 10, hard))
    try:
        with pytest.raises(SessionError, match=r"journal\.jsonl: cannot be written: File too large; raise the limit"):
            writer.append(created(0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.append(created(0))
    writer.close()
    assert [e.seq for e in JournalReader(journal).read()] == [1, 2]


def test_zeros_near_the_end_are_torn_and_zeros_far_from_it_are_damage(journal: Path) -> None:
    write(journal, started(), created(0), finished(0, 0.5))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + lines[1][:9] + bytes(512) + lines[2])
    opened = JournalReader(journal)
    assert [e.seq for e in opened.read()] == [1]
    assert opened.drop_torn() == 9 + 512 + len(lines[2])
    assert journal.read_bytes() == lines[0]
    journal.write_bytes(lines[0] + bytes(512) + lines[2] * 1000)
    with pytest.raises(SessionError, match="damaged line"):
        JournalReader(journal).read()


def test_a_journal_read_in_slices_has_the_same_events(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    writer = JournalWriter(path)
    for n in range(50):
        writer.append(ev.Notice(level="info", message="x" * (n * 20)))
    with path.open("ab") as file:
        file.write(b'{"type":"noti')  # a line that is still being written
    whole, sliced = JournalReader(path), JournalReader(path)
    events = whole.read()
    found = sliced.read(1_500)
    assert 0 < sliced.share < 1
    slices = 1
    while sliced.behind:
        found += sliced.read(1_500)
        slices += 1
    assert found == events
    assert slices > 10
    assert not sliced.read(1_500)
    assert sliced.torn == whole.torn > 0
    writer.close()
