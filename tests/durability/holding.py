"""What must hold of a session that was killed and resumed to its end."""

from __future__ import annotations

from collections import Counter

import msgspec

from tests.durability.session import Place
from tui_aide.engine.ensemble import BLEND
from tui_aide.engine.incumbent import challenge
from tui_aide.engine.refit import REFITTED
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.summary import read_summary
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens
from tui_aide.tree.solution_tree import SolutionTree


def holds(place: Place, folder: SessionFolder, before: bytes, nodes: int) -> SolutionTree:
    """Check a finished session; `before` is the journal as it was at the last kill, in whole lines."""
    assert folder.journal.read_bytes().startswith(before)
    events = JournalReader(folder.journal).read()
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    tree = SolutionTree()
    for event in events:
        tree.apply(event)
    assert tree.status == "finished", tree.status_reason
    adds_up(folder, tree, events, nodes)
    best_is_best(folder, tree, events)
    nothing_left(place, folder)
    return tree


def adds_up(folder: SessionFolder, tree: SolutionTree, events: list[ev.AnyEvent], nodes: int) -> None:
    created = Counter(e.node for e in events if isinstance(e, ev.NodeCreated))
    finished = [e for e in events if isinstance(e, ev.NodeFinished)]
    assert created == Counter(range(nodes))
    assert Counter(e.node for e in finished) == created
    tokens = sum((e.tokens for e in finished), Tokens())
    refits = sum(e.seconds for e in events if isinstance(e, ev.Refitted))
    assert tree.tokens == tokens
    assert abs(tree.execution_seconds - sum(e.execution_seconds for e in finished) - refits) < 1e-6
    summary = read_summary(folder)
    assert summary is not None
    assert (summary["status"], summary["node_count"]) == ("finished", nodes)
    assert summary["tokens"] == msgspec.to_builtins(tokens)
    for event in finished:
        if event.verdict == "valid":
            assert (folder.node(event.node) / "submission.csv").stat().st_size > 0
            assert (folder.node(event.node) / "solution.py").stat().st_size > 0


def best_is_best(folder: SessionFolder, tree: SolutionTree, events: list[ev.AnyEvent]) -> None:
    """The incumbent is whom the rules make it, over the nodes in the order of their ends; and `best/` is the best's."""
    incumbent: int | None = None
    report: ScoreReport | None = None
    for event in events:
        if isinstance(event, ev.NodeFinished) and event.verdict == "valid":
            own = msgspec.json.decode((folder.node(event.node) / "score.json").read_bytes(), type=ScoreReport)
            if isinstance(challenge(tree.direction, event.node, own, incumbent, report), ev.IncumbentChanged):
                incumbent, report = event.node, own
    assert tree.incumbent == incumbent
    if tree.selected is None:
        assert not folder.best.exists()
        return
    chosen = folder.node(tree.selected)
    assert (folder.best / "solution.py").read_bytes() == (chosen / "solution.py").read_bytes()
    handed_in = chosen / "submission.csv"
    if tree.ensemble is not None and tree.ensemble.kept:
        handed_in = folder.path / "final" / BLEND
    elif tree.refit is not None and tree.refit.kept:
        handed_in = folder.path / "final" / REFITTED
    assert (folder.best / "submission.csv").read_bytes() == handed_in.read_bytes()


def nothing_left(place: Place, folder: SessionFolder) -> None:
    place.no_process_left()
    place.no_mount_left()
    assert list(place.temporary.iterdir()) == []
    usual = {"session.toml", "journal.jsonl", "summary.json", "nodes", "best", "final", "lock", "runner.log", "input"}
    assert {p.name for p in folder.path.iterdir()} <= usual | {"private", "server.log"}
    assert not (folder.path / "private" / "refit").exists()
    assert not list(folder.path.glob("nodes/*/.*")) + list(folder.path.glob("nodes/*/received"))
