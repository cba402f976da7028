"""Session folders with a small made-up search, for tests of what lists, removes and compares them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.searches import created, finished, started
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.store import FolderStore
from tui_aide.sessions.summary import write_summary
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score
from tui_aide.tree.solution_tree import SolutionTree

END = ev.SessionFinished(status="finished", reason="the budget is spent")


def best(node: int, value: float) -> ev.IncumbentChanged:
    return ev.IncumbentChanged(node=node, score=Score(value, 0.01), previous=None, gain=None, gain_se=None, reason="")


def search(value: float = 0.9) -> list[ev.Event]:
    """The events of a search of one node."""
    return [started(), created(0), finished(0, value), best(0, value), END]


def make_session(
    place: Path,
    name: str,
    events: Sequence[ev.Event] | None = None,
    *,
    task: str = "toy",
    model: str = "builtin",
    metric: str = "accuracy",
    direction: str = "max",
    summary: bool = True,
    age: float = 0.0,
) -> SessionFolder:
    """Write a session that nobody runs; `age` is how many seconds ago it was touched."""
    source = TaskSource(name=task, source=task, metric=metric, direction=direction)
    config = SessionConfig(
        id=name,
        name=name,
        created=0.0,
        version="0",
        task=source,
        search=SearchSettings(model=model),
        budget=ev.Budget(nodes=3),
    )
    folder = seal(create_folder(place, name), config)
    tree, store = SolutionTree(), FolderStore(folder)
    for event in search() if events is None else events:
        if isinstance(event, ev.SessionStarted):
            of = {"task": task, "model": model, "metric": metric, "direction": direction}
            event = msgspec.structs.replace(event, **of)
        tree.apply(store.append(event))
    store.close()
    if summary:
        write_summary(folder, tree)
    if age:
        stamp = folder.journal.stat().st_mtime - age
        for path in (folder.journal, folder.summary_file):
            if path.exists():
                os.utime(path, (stamp, stamp))
    return folder
