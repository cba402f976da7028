from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.taped import START, Tape, tape, three_nodes
from tui_aide.errors import SessionError
from tui_aide.sessions.recording import Recording, Still
from tui_aide.tree import events as ev


def resumed() -> ev.SessionResumed:
    return ev.SessionResumed(budget=ev.Budget(nodes=9), model="m", workers=1, slots=1)


def with_a_gap(place: Path) -> Tape:
    """20 s of search, a stop of a day, 21 s more."""
    made = tape(place)
    made.whole(0, 0.8, best=True)
    made.at(20, ev.SessionFinished(status="stopped", reason="by the user"))
    made.at(86_400, resumed())
    made.whole(86_400, 0.9)
    made.now = 86_421
    made.end()
    return made


def test_time_at_which_no_runner_was_there_does_not_count(tmp_path: Path) -> None:
    recording = Recording(with_a_gap(tmp_path).folder)
    assert recording.elapsed(recording.end) == 41
    assert [s for s in recording.stills if s.stopped] == [Still(START + 20, START + 86_400, True)]
    assert recording.elapsed(START + 5_000) == 20
    for seconds in (0.0, 3.5, 19.0, 21.0, 40.5):
        assert recording.elapsed(recording.at(seconds)) == pytest.approx(seconds)
    assert recording.at(30) == START + 86_410
    assert recording.at(99) == recording.end


def test_a_runner_that_died_leaves_a_gap_after_its_last_word(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(1, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(1000, resumed())
    recording = Recording(made.folder)
    assert recording.stills == [Still(START + 1, START + 1000, True)]
    assert recording.work.nodes[0].samples[0].end == START + 1


def test_time_at_which_nothing_was_under_way_is_known(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.whole(0, 0.8)
    made.at(90, ev.Notice(level="info", message="the server is back"))
    made.whole(90, 0.7)
    recording = Recording(made.folder)
    assert Still(START + 20, START + 90, False) in recording.stills
    assert all(s.end - s.start <= 1.0 for s in recording.stills if s.start != START + 20)
    found = recording.still_at(START + 50)
    assert found is not None
    assert not found.stopped
    assert recording.still_at(START + 95) is None


def test_ends_of_nodes_are_found_in_both_directions(tmp_path: Path) -> None:
    recording = Recording(three_nodes(tmp_path).folder)
    assert recording.next_end(START + 20) == START + 40
    assert recording.previous_end(START + 40) == START + 20
    assert recording.previous_end(START + 20) is None
    assert recording.next_end(START + 60) is None
    assert recording.begin_of(2) == START + 40
    assert recording.begin_of(3) is None
    assert recording.marks == [START + 20, START + 40]


def test_a_clock_that_was_set_back_stops_no_replay(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.whole(100, 0.8)
    made.whole(30, 0.9)
    recording = Recording(made.folder)
    assert recording.times == sorted(recording.times)
    assert recording.count(recording.end) == len(recording.events)


def test_a_torn_last_line_is_left_out_and_told(tmp_path: Path) -> None:
    made = three_nodes(tmp_path)
    whole = Recording(made.folder)
    assert not whole.torn
    data = made.folder.journal.read_bytes()
    made.folder.journal.write_bytes(data[:-20])
    torn = Recording(made.folder)
    assert torn.torn
    assert len(torn.events) == len(whole.events) - 1
    assert made.folder.journal.read_bytes() == data[:-20]


def test_it_grows_with_its_journal(tmp_path: Path) -> None:
    made = tape(tmp_path)
    recording = Recording(made.folder)
    assert recording.end == START
    assert not recording.grow()
    made.whole(0, 0.8)
    assert recording.grow()
    assert recording.end == START + 20


def test_a_session_without_events_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.folder.journal.write_bytes(b"")
    with pytest.raises(SessionError, match="nothing is recorded yet; begin with: tui-aide resume toy-fern-0001"):
        Recording(made.folder)
    made.folder.journal.unlink()
    with pytest.raises(SessionError, match="nothing is recorded yet"):
        Recording(made.folder)


def test_a_damaged_journal_is_an_error(tmp_path: Path) -> None:
    made = tape(tmp_path)
    with made.folder.journal.open("ab") as file:
        file.write(b"{damage}\n")
    with pytest.raises(SessionError, match="damaged line"):
        Recording(made.folder)
