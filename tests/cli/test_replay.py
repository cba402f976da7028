"""`tui-aide replay` without a screen."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.tui.taped import tape, three_nodes
from tui_aide.cli import main

RECORDED = Path(__file__).parent.parent.parent / "sessions"


def test_all_lines_at_once_are_those_of_the_search(capsys: pytest.CaptureFixture[str]) -> None:
    session = str(RECORDED / "tumours")
    assert main(["attach", session, "--headless"]) == 0
    told = capsys.readouterr().out
    assert main(["replay", session, "--headless", "--speed", "0"]) == 0
    assert capsys.readouterr().out == told
    assert "★ new best" in told


def test_json_is_the_events_and_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    folder = RECORDED / "tiny-r1"
    assert main(["replay", str(folder), "--headless", "--json", "--speed", "0"]) == 0
    *events, summary = capsys.readouterr().out.splitlines()
    assert len(events) == len((folder / "journal.jsonl").read_text().splitlines())
    assert json.loads(events[0])["type"] == "session_started"
    assert json.loads(summary)["status"] == "finished"


def test_from_a_node_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = three_nodes(tmp_path)
    assert main(["replay", str(made.folder.path), "--headless", "--speed", "0", "--from", "2"]) == 0
    out = capsys.readouterr().out
    assert "#2   improve of #1" in out
    assert "#0   draft" not in out


def test_it_prints_at_its_speed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = three_nodes(tmp_path)
    begun = time.monotonic()
    assert main(["replay", str(made.folder.path), "--headless", "--speed", "100"]) == 0
    assert 0.55 < time.monotonic() - begun < 5
    assert "finished: the budget of nodes is spent" in capsys.readouterr().out


def test_without_a_terminal_it_prints_and_touches_nothing(tmp_path: Path) -> None:
    made = three_nodes(tmp_path)
    before = {p: p.stat().st_mtime_ns for p in [made.folder.path, *made.folder.path.rglob("*")]}
    done = Program(tmp_path).run("replay", "toy-fern", "--speed", "1000")
    assert done.returncode == 0, done.stderr
    assert "plain lines instead of the screen" in done.stderr
    assert "★ new best #1" in done.stdout
    assert {p: p.stat().st_mtime_ns for p in [made.folder.path, *made.folder.path.rglob("*")]} == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--speed", "1001"), "no speed; write a number from 1 to 1000"),
        (("--speed", "fast"), "no speed; write a number from 1 to 1000"),
        (("--speed", "nan"), "no speed; write a number from 1 to 1000"),
        (("--from", "two"), "'two' is no node; write its number, such as 12"),
        (("--headless", "--from", "9"), "has no node #9; there are #0 to #2"),
        (("--json",), "--json goes with --headless"),
    ],
)
def test_wrong_options_say_what_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    made = three_nodes(tmp_path)
    assert main(["replay", str(made.folder.path), *words]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_session_with_nothing_recorded_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tape(tmp_path)
    made.folder.journal.write_bytes(b"")
    assert main(["replay", str(made.folder.path), "--headless"]) == 1
    err = capsys.readouterr().err
    assert "nothing is recorded yet; begin with: tui-aide resume toy-fern-0001" in err
    assert len(err.splitlines()) == 1


def test_a_journal_that_names_an_unknown_node_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tape(tmp_path)
    made.sampled(7, 1)
    assert main(["replay", str(made.folder.path), "--headless", "--speed", "0"]) == 1
    assert "names node 7, which was never created" in capsys.readouterr().err
