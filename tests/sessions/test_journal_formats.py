"""Journals of every format that there was still open, and those of a newer one are refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.searches import created, finished, started
from tui_aide.errors import SessionError
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.journal_formats import STEPS, LineDecoder
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

JOURNALS = Path(__file__).parents[1] / "journals"


def folded(path: Path) -> SolutionTree:
    tree = SolutionTree()
    for event in JournalReader(path).read():
        tree.apply(event)
    return tree


def test_there_is_a_journal_of_every_format() -> None:
    assert {int(p.name.split("-")[1].split(".")[0]) for p in JOURNALS.glob("*.jsonl")} == set(range(1, ev.FORMAT + 1))


@pytest.mark.parametrize("path", sorted(JOURNALS.glob("*.jsonl")), ids=lambda path: str(path.name))
def test_it_opens_and_folds(path: Path) -> None:
    before = path.read_bytes()
    tree = folded(path)
    assert tree.started is not None
    assert str(tree.started.format) == path.name.split("-")[1].split(".")[0]
    assert len(tree.nodes) >= 4
    assert tree.finished_count >= 2
    assert tree.last_seq == before.count(b"\n")
    assert path.read_bytes() == before


def test_format_1_with_valid_nodes_has_its_best() -> None:
    tree = folded(JOURNALS / "format-1-tumours.jsonl")
    assert tree.incumbent == 2
    assert tree.ranked(1)[0].valid


NEWER = "written by a newer tui_aide (format 3, this one reads to 2); update tui_aide"


def refusal(path: Path, *lines: bytes) -> str:
    path.write_bytes(b"".join(lines))
    with pytest.raises(SessionError) as caught:
        JournalReader(path).read()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_newer_format_is_refused_whatever_else_its_lines_have(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert ev.FORMAT == 2
    head = ev.encode(msgspec.structs.replace(started(), format=3, seq=1))
    assert refusal(path, head) == f"{path}: {NEWER}"
    assert refusal(path, b'{"seq":1,"type":"session_started","format":3,"all":"else"}\n') == f"{path}: {NEWER}"
    resumed = b'{"type":"session_resumed","seq":3,"format":3,"budget":7}\n'
    assert refusal(path, ev.encode(started(seq=1)), ev.encode(created(0, seq=2)), resumed) == f"{path}: {NEWER}"


def test_an_unknown_event_was_written_by_a_newer_program(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    told = refusal(path, ev.encode(started(seq=1)), b'{"type":"moon_landed","seq":2}\n')
    newer = "written by a newer tui_aide (it has an event 'moon_landed', which format 2 has not); update tui_aide"
    assert told == f"{path}: {newer}"


def test_more_fields_than_are_known_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(ev.encode(started(seq=1)) + b'{"type":"notice","seq":2,"level":"info","message":"x","new":[1]}\n')
    assert len(JournalReader(path).read()) == 2


def test_lines_go_through_all_steps_from_the_format_in_force(tmp_path: Path) -> None:
    """A chain of steps over made-up formats: 1 counted milliseconds, and 2 called the message a text."""

    def seconds(line: dict[str, Any]) -> dict[str, Any]:
        return line | {"time": line["time"] / 1000}

    def message(line: dict[str, Any]) -> dict[str, Any]:
        return line | {"message": line["text"]} if "text" in line else line

    decoder = LineDecoder({1: seconds, 2: message}, newest=3)

    def notice(**fields: object) -> ev.AnyEvent:
        return decoder.decode(msgspec.json.encode({"type": "notice", "level": "info", **fields}))

    def head(kind: ev.Event, number: int, time: float) -> ev.AnyEvent:
        return decoder.decode(ev.encode(msgspec.structs.replace(kind, format=number, time=time)))

    resumed = ev.SessionResumed(budget=ev.Budget(), model="m", workers=1, slots=1)
    assert head(started(), 1, 5000.0).time == 5.0
    assert notice(time=6000.0, text="one") == ev.Notice(time=6.0, level="info", message="one")
    assert head(resumed, 2, 7.0).time == 7.0
    assert notice(time=8.0, text="two") == ev.Notice(time=8.0, level="info", message="two")
    assert head(resumed, 3, 9.0).time == 9.0
    assert notice(time=10.0, message="three") == ev.Notice(time=10.0, level="info", message="three")
    with pytest.raises(SessionError, match=r"format 4, this one reads to 3"):
        head(resumed, 4, 11.0)


def test_steps_lead_from_formats_that_there_were() -> None:
    assert set(STEPS) <= set(range(1, ev.FORMAT))


def test_a_resume_of_an_old_journal_puts_todays_format_in_force(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    old = ev.encode(msgspec.structs.replace(started(), format=1, seq=1))
    resumed = ev.SessionResumed(format=ev.FORMAT, budget=ev.Budget(), model="m", workers=1, slots=1, seq=2)
    path.write_bytes(old + ev.encode(resumed) + ev.encode(finished_node(3)))
    reader = JournalReader(path)
    reader.read()
    assert reader._decoder.format == ev.FORMAT


def finished_node(seq: int) -> ev.Event:
    return msgspec.structs.replace(finished(0, 0.5), seq=seq)
