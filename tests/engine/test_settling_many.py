"""Settling the best anew among many nodes: the reports of those that cannot be it are not read."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.engine.search import Search
from tests.searches import created, finished, started
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev


def recorded(path: Path, values: list[float]) -> Search:
    """Return a search whose journal and folders hold a draft of each value, each of which challenged in turn."""
    folder = SessionFolder(path)
    events: list[ev.Event] = [started()]
    for node, value in enumerate(values):
        events += [created(node), finished(node, value)]
        report = ScoreReport(value=value, se=0.001, replicates=(), rows=10)
        place = folder.node(node)
        place.mkdir(parents=True)
        (place / "score.json").write_bytes(msgspec.json.encode(report))
        (place / "solution.py").write_text(f"# {value}\n")
    with folder.journal.open("wb") as journal:
        for number, event in enumerate(events):
            journal.write(ev.encode(msgspec.structs.replace(event, seq=number + 1, time=1e9 + number)))
    return Search(path, ev.Budget(nodes=len(values)))


def test_reports_of_nodes_that_cannot_be_the_best_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [0.5, 0.7, 0.6, 0.9, *(0.3 + n / 1000 for n in range(200)), 0.8]
    search = recorded(tmp_path / "session", values)
    search.engine.best.settle("a test")
    assert search.tree.incumbent == 3
    read: list[int] = []
    real = search.store.read

    def count(node: int, name: str, tail: int | None = None) -> str:
        read.append(node)
        return real(node, name, tail)

    monkeypatch.setattr(search.store, "read", count)
    search.steering.do(cm.Prune(node=100))
    assert (search.tree.incumbent, read) == (3, [0, 1, 3]), "no other report was read"
    read.clear()
    assert search.steering.do(cm.Prune(node=3)).message == "#3 is pruned; the best is now #204"
    assert read == [0, 1, 204]
    assert (search.folder.best / "solution.py").read_text() == "# 0.8\n"
    search.steering.do(cm.Restore(node=3))
    assert search.tree.incumbent == 3
    search.store.close()
