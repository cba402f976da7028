from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import msgspec
import pytest

from tests.searches import created, finished, started
from tests.sessions.made import END, best, make_session
from tui_aide.engine.making import EDIT
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.config import ForkedFrom, read_config
from tui_aide.sessions.copying import copy_folder
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.forking import Changes, fork_session
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.places import all_sessions
from tui_aide.sessions.summary import read_summary, summarise
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens
from tui_aide.tree.solution_tree import SolutionTree


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time and content of all that a folder holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        data = content.encode() if isinstance(content, str) else content
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, hashlib.sha256(data).hexdigest())
    return found


def parallel() -> list[ev.Event]:
    """Nodes side by side: when #1 ends, #0 and #3 are done, and #2 and #4 are in flight."""
    return [
        started(budget=ev.Budget(nodes=20, tokens=5000)),
        created(0),
        created(1),
        finished(0, 0.5),
        best(0, 0.5),
        created(2, (0,), "improve", by="user", instruction="use trees"),
        created(3, (0,), "improve"),
        ev.SampleStarted(node=2, sample=0, model="m"),
        finished(3, 0.6),
        best(3, 0.6),
        created(4),
        ev.SampleStarted(node=4, sample=0, model="m"),
        ev.SessionResumed(budget=ev.Budget(nodes=20), model="m", workers=1, slots=1, restarted=(1, 2, 4)),
        finished(1, 0.7),
        ev.ChallengerRejected(node=1, incumbent=3, gain=0.1, gain_se=0.2, reason="within one standard error"),
        finished(2, 0.8),
        best(2, 0.8),
        finished(4, 0.9),
        best(4, 0.9),
        ev.SelectionMade(candidates=(ev.Candidate(node=4, search=0.9, selection=0.8),), node=4, gap=0.1, reason=""),
        END,
    ]


@pytest.fixture
def source(tmp_path: Path) -> SessionFolder:
    folder = make_session(tmp_path, "one", parallel())
    for node in range(5):
        path = folder.node(node)
        path.mkdir(parents=True)
        (path / "solution.py").write_text(f"print({node})\n")
        (path / "submission.csv").write_text(f"id,y\n0,{node}\n")
        (path / "score.json").write_text("{}")
        (path / EDIT).write_text("mine\n")
    (folder.node(0) / "work").mkdir()
    (folder.node(0) / "work" / "input").symlink_to("../../../input")
    for name in ("input", "private"):
        (folder.path / name).mkdir()
        (folder.path / name / "rows").write_text(name)
    (folder.path / "input" / "rows").chmod(0o444)
    (folder.path / "input").chmod(0o555)
    (folder.path / "private" / "refit").mkdir()
    return folder


def events_of(folder: SessionFolder) -> list[ev.AnyEvent]:
    return JournalReader(folder.journal).read()


def tree_of(events: list[ev.AnyEvent]) -> SolutionTree:
    tree = SolutionTree()
    for event in events:
        tree.apply(event)
    return tree


def unnumbered(events: list[ev.AnyEvent]) -> list[ev.AnyEvent]:
    return [msgspec.structs.replace(e, seq=0) for e in events]


def test_a_fork_holds_the_tree_as_it_stood_when_the_node_ended(source: SessionFolder, tmp_path: Path) -> None:
    before = state(source.path)
    fork = fork_session(source, tmp_path, "two", 1)
    events, original = events_of(fork.folder), events_of(source)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    kept = [e for e in original[:15] if getattr(e, "node", None) != 4]
    told = [msgspec.structs.replace(e, restarted=(1, 2)) if isinstance(e, ev.SessionResumed) else e for e in kept]
    assert unnumbered(events[:-1]) == unnumbered(told)
    assert isinstance(events[-2], ev.ChallengerRejected)
    assert isinstance(events[-1], ev.SessionForked)
    assert (events[-1].parent, events[-1].node, events[-1].left_out) == ("one", 1, (4,))
    tree = tree_of(events)
    assert {n.id: n.verdict for n in tree.nodes.values()} == {0: "valid", 1: "valid", 2: None, 3: "valid"}
    assert (tree.incumbent, tree.finished_count, tree.tokens) == (3, 3, Tokens(300, 150, 150))
    assert (tree.nodes[2].phase, tree.nodes[2].instruction) == ("queued", "use trees")
    assert fork.left_out == (4,)
    assert fork.resumable
    assert state(source.path) == before


def test_the_files_of_its_nodes_and_of_the_task_are_copies(source: SessionFolder, tmp_path: Path) -> None:
    fork = fork_session(source, tmp_path, "two", 1).folder
    assert sorted(p.name for p in (fork.path / "nodes").iterdir()) == ["0000", "0001", "0002", "0003"]
    assert [p.name for p in fork.node(2).iterdir()] == [EDIT]
    assert (fork.node(3) / "solution.py").read_text() == "print(3)\n"
    assert (fork.best / "solution.py").read_text() == "print(3)\n"
    assert str((fork.node(0) / "work" / "input").readlink()) == "../../../input"
    assert [p.name for p in (fork.path / "private").iterdir()] == ["rows"]
    assert (fork.path / "input").stat().st_mode & 0o777 == 0o555
    assert (fork.path / "input" / "rows").stat().st_mode & 0o777 == 0o444
    inodes = {p.stat().st_ino for p in source.path.rglob("*") if p.is_file()}
    assert not inodes & {p.stat().st_ino for p in fork.path.rglob("*") if p.is_file()}


def test_it_says_where_it_comes_from_and_an_old_config_still_loads(source: SessionFolder, tmp_path: Path) -> None:
    fork = fork_session(source, tmp_path, "two", 1)
    config = fork.folder.config()
    assert (config.id, config.name, config.forked_from) == ("two", "two", ForkedFrom(session="one", node=1))
    assert read_config(source.config_file).forked_from is None
    summary = summarise(fork.folder, fork.tree)
    assert summary["forked_from"] == {"session": "one", "node": 1}
    short = read_summary(fork.folder)
    assert short is not None
    assert (short["status"], short["session"], short["path"]) == ("stopped", "two", str(fork.folder.path))
    assert "forked from one" in short["reason"]


def test_the_clock_stands_still_between_both(source: SessionFolder, tmp_path: Path) -> None:
    lines = source.journal.read_bytes().splitlines(keepends=True)
    shifted = [msgspec.structs.replace(ev.decode(line), time=1000.0 + i) for i, line in enumerate(lines)]
    source.journal.write_bytes(b"".join(ev.encode(e) for e in shifted))
    fork = fork_session(source, tmp_path, "two", 1)
    assert fork.tree.wall(time.time()) == 14.0 - 1.0  # from the start to the rejection, but not from death to resume


def test_settings_change_from_there_on(source: SessionFolder, tmp_path: Path) -> None:
    changes = Changes(
        search=lambda s: msgspec.structs.replace(s, model="other", policy="mcts", seed=7, workers=3),
        budget=ev.Budget(nodes=50),
    )
    fork = fork_session(source, tmp_path, "two", 0, changes)
    tree = tree_of(events_of(fork.folder))
    assert (tree.model, tree.policy, tree.strategy, tree.workers) == ("other", "mcts", "single", 3)
    assert tree.budget == ev.Budget(nodes=50, tokens=5000)
    assert tree.started is not None
    assert (tree.started.model, tree.started.seed, tree.started.session) == ("other", 7, "two")
    config = fork.folder.config()
    assert (config.search.policy, config.search.seed, config.budget) == ("mcts", 7, tree.budget)


def test_all_of_a_session_is_forked_with_the_looks_at_the_selection_part(source: SessionFolder, tmp_path: Path) -> None:
    fork = fork_session(source, tmp_path, "two")
    assert unnumbered(events_of(fork.folder)[:-1]) == unnumbered(events_of(source))
    assert (fork.tree.selections, fork.tree.selected, fork.tree.status) == (1, 4, "stopped")
    again = fork_session(source, tmp_path, "three", 0)
    assert again.tree.selections == 1
    assert again.tree.selection is None


def test_a_blend_that_was_handed_in_comes_along_and_only_while_it_is_there(
    source: SessionFolder, tmp_path: Path
) -> None:
    members = (ev.Member(4, 0.5), ev.Member(2, 0.5))
    made = ev.EnsembleMade(
        candidates=(4, 2),
        selected=4,
        members=members,
        search=0.9,
        selection=0.9,
        gain=0.1,
        se=0.01,
        kept=True,
        reason="",
    )
    blended = make_session(tmp_path, "blended", [*parallel()[:-1], made, END])
    (blended.path / "final").mkdir()
    (blended.path / "final" / "ensemble.csv").write_text("id,y\n0,blend\n")
    blended.best.mkdir()
    (blended.best / "submission.csv").write_text("id,y\n0,blend\n")
    for node in range(5):
        blended.node(node).mkdir()
        (blended.node(node) / "submission.csv").write_text(f"id,y\n0,{node}\n")
    whole = fork_session(blended, tmp_path, "whole")
    assert whole.tree.ensemble is not None
    assert (whole.folder.best / "submission.csv").read_text() == "id,y\n0,blend\n"
    part = fork_session(blended, tmp_path, "part", 2)
    assert part.tree.ensemble is None
    assert (part.folder.best / "submission.csv").read_text() == "id,y\n0,2\n"
    assert not (part.folder.path / "final").exists()


def test_a_fork_of_a_fork(source: SessionFolder, tmp_path: Path) -> None:
    second = fork_session(fork_session(source, tmp_path, "two", 1).folder, tmp_path, "three", 3)
    assert second.tree.started is not None
    assert (second.tree.started.session, sorted(second.tree.nodes)) == ("three", [0, 1, 2, 3])
    assert second.left_out == ()


def test_a_session_that_is_being_written_can_be_forked(source: SessionFolder, tmp_path: Path) -> None:
    with source.journal.open("ab") as file:
        file.write(b'{"type":"notice","seq":')  # half a line
    lock = WriterLock(source)
    try:
        assert fork_session(source, tmp_path, "two", 4).tree.incumbent == 4
    finally:
        lock.release()


def test_a_recording_is_forked_to_look_at(tmp_path: Path) -> None:
    recorded = SessionFolder(Path(__file__).parents[2] / "sessions" / "tumours")
    before = state(recorded.path)
    fork = fork_session(recorded, tmp_path, "two", 5)
    assert not fork.resumable
    assert fork.tree.finished_count >= 6
    assert state(recorded.path) == before


@pytest.mark.parametrize(("node", "said"), [(9, "no node #9; its nodes are #0 to #4"), (-1, "no node #-1")])
def test_a_node_that_is_not_there_is_refused(source: SessionFolder, tmp_path: Path, node: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fork_session(source, tmp_path, "two", node)
    assert [f.id for f in all_sessions(tmp_path)] == ["one"]


def test_what_cannot_be_forked_leaves_nothing_behind(source: SessionFolder, tmp_path: Path) -> None:
    never = make_session(tmp_path, "never", [])
    with pytest.raises(UsageError, match="never started"):
        fork_session(never, tmp_path, "two")
    running = make_session(tmp_path, "running", [started(), created(0)])
    with pytest.raises(UsageError, match="has not ended yet"):
        fork_session(running, tmp_path, "two", 0)
    with pytest.raises(UsageError, match="there is a session of this name"):
        fork_session(source, tmp_path, "never")
    (source.node(0) / "solution.py").unlink()
    (source.node(0) / "solution.py").symlink_to("gone")
    os.mkfifo(source.node(0) / "pipe")
    fork_session(source, tmp_path, "two", 0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["never", "one", "running", "two"]


def test_a_copy_that_fails_names_the_file(
    tmp_path: Path, source: SessionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device", "rows")

    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(SessionError, match="rows: cannot be copied: No space left"):
        fork_session(source, tmp_path, "two", 0)
    assert [p.name for p in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("by_kernel", [True, False])
def test_a_folder_is_copied_with_or_without_the_kernels_help(
    tmp_path: Path, by_kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not by_kernel:

        def refused(*_: object) -> int:
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "copy_file_range", refused)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "data").write_bytes(os.urandom(200_000))
    (tmp_path / "a" / "empty").write_bytes(b"")
    (tmp_path / "a" / "b" / "run").write_text("x")
    (tmp_path / "a" / "b" / "run").chmod(0o755)
    copy_folder(tmp_path / "a", tmp_path / "c")
    copied = {k: (v[0], v[2]) for k, v in state(tmp_path / "c").items()}
    assert copied == {k: (v[0], v[2]) for k, v in state(tmp_path / "a").items()}
