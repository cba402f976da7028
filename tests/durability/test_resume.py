"""What a resume takes up: the same search elsewhere, journals of older formats, and the same tree for the same seed."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.durability.holding import holds
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place, Runner, make_session
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

JOURNALS = Path(__file__).parents[1] / "journals"


def test_a_copied_session_goes_on_elsewhere(place: Place, model: QuickModel) -> None:
    original = make_session(place, model.url, 200)
    runner = Runner(place, original)
    runner.until(lambda data: data.count(b"node_finished") >= 2 and data.count(b"execution_started") >= 4)
    address = json.loads(original.runner_file.read_text())
    before = runner.kill()
    lived = time.monotonic() - runner.began
    assert original.runner_file.exists()
    other = Place()
    try:
        copy = SessionFolder(other.path / "s" / "elsewhere")
        shutil.copytree(original.path, copy.path, symlinks=True)
        shutil.rmtree(original.path)
        shutil.rmtree(place.path / "tiny")
        shutil.move(place.path / "bare", other.path / "bare")  # the scripts' Python, which the other machine has, too
        place.path.joinpath("bare").symlink_to(other.path / "bare")
        precious = Path(address["socket"]).parent / "precious"
        precious.parent.mkdir(parents=True, exist_ok=True)
        precious.touch()  # what a stale address names may be another's by now
        listed = json.loads(other.run("sessions", "--json").stdout)
        assert [(s["session"], s["status"]) for s in listed] == [("elsewhere", "interrupted")]
        time.sleep(max(0.0, 3.0 - lived))  # as long as it lives again, or longer
        again = time.monotonic()
        nodes = before.count(b'"type":"node_created"')
        done = other.run("resume", "elsewhere", "--headless", "--json", "--nodes", str(nodes))
        assert done.returncode == 0, done.stderr
        tree = holds(other, copy, before, nodes)
        assert 0 < tree.wall_seconds < lived + time.monotonic() - again  # the clock stood in between
        assert precious.exists()
        assert json.loads(copy.summary_file.read_bytes())["path"] == str(copy.path)
        old = str(original.path).encode()
        naming = [
            p.relative_to(copy.path)
            for p in copy.path.rglob("*")
            if p.is_file() and p.name not in ("runner.log", "output.log") and old in p.read_bytes()
        ]
        assert naming == []
        links = [p for p in copy.path.rglob("*") if p.is_symlink() and old in bytes(p.readlink())]
        assert links == []
        shutil.rmtree(precious.parent.parent, ignore_errors=True)
    finally:
        other.close()


@pytest.mark.kill
def test_a_copy_beside_a_running_original_leaves_that_alone(place: Place, model: QuickModel) -> None:
    original = make_session(place, model.url, 400)
    runner = Runner(place, original)
    runner.until(lambda data: b"node_finished" in data)
    copy = SessionFolder(place.path / "s" / "copy")
    shutil.copytree(original.path, copy.path, symlinks=True)
    refused = place.run("send", "copy", "stop")
    assert refused.returncode == 1
    assert b"is not running" in refused.stderr
    second = Runner(place, copy)
    second.until(lambda data: b"session_resumed" in data)
    for name in ("one", "copy"):
        assert place.run("send", name, "stop").returncode == 0
    assert (runner.finish(), second.finish()) == (0, 0)
    assert list(place.temporary.iterdir()) == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_journal_of_an_older_format_goes_on(place: Place, model: QuickModel, number: int) -> None:
    folder = make_session(place, model.url, 5, refit=False)
    old = (JOURNALS / f"format-{number}.jsonl").read_bytes()
    folder.journal.write_bytes(old)
    tree = SolutionTree()
    for event in JournalReader(folder.journal).read():
        tree.apply(event)
    assert 0 < tree.finished_count < len(tree.nodes)
    done = place.run("resume", "one", "--headless")
    assert done.returncode in (0, 1), done.stderr
    after = holds(place, folder, old, 5)
    (resumed,) = [e for e in JournalReader(folder.journal).read()[tree.last_seq :] if isinstance(e, ev.SessionResumed)]
    assert resumed.format == ev.FORMAT
    assert set(resumed.restarted) == {n.id for n in tree.nodes.values() if not n.done}
    assert {n.id: n.tokens for n in tree.nodes.values() if n.done}.items() <= {
        n.id: n.tokens for n in after.nodes.values()
    }.items()


def test_a_journal_of_a_newer_format_is_refused_by_all(place: Place, model: QuickModel) -> None:
    folder = make_session(place, model.url, 5)
    folder.journal.write_text('{"type":"session_started","seq":1,"format":99}\n')
    for words in (("resume", "one", "--headless"), ("show", "one"), ("attach", "one", "--headless")):
        done = place.run(*words)
        assert done.returncode == 1
        assert b"written by a newer tui_aide (format 99, this one reads to" in done.stderr
        assert done.stderr.count(b"\n") == 1
    assert folder.journal.read_text() == '{"type":"session_started","seq":1,"format":99}\n'
    assert place.run("sessions").returncode == 0


def shape(tree: SolutionTree) -> list[tuple[Any, ...]]:
    return [
        (n.id, n.operator, n.parents, n.seed, n.reason, n.verdict, n.score, n.title, n.tokens.answer)
        for n in tree.nodes.values()
    ]


def test_the_same_seed_gives_the_same_tree_killed_in_between_or_not(place: Place, model: QuickModel) -> None:
    whole = make_session(place, model.url, 5, "whole", sequential=True, seed=11)
    assert Runner(place, whole).finish() == 0
    broken, before = make_session(place, model.url, 5, "broken", sequential=True, seed=11), b""
    for moment in (b"execution_started", b"node_finished"):
        runner, have = Runner(place, broken), len(before)
        runner.until(lambda data, moment=moment, have=have: moment in data[have:])  # type: ignore[misc]
        before = runner.kill()
    assert Runner(place, broken).finish() == 0
    first, second = holds(place, whole, b"", 5), holds(place, broken, before, 5)
    assert shape(first) == shape(second)
    assert (first.incumbent, first.selected) == (second.incumbent, second.selected)
    assert len({n.score for n in first.nodes.values()}) > 2
