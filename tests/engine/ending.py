"""A search whose parts are all real but the model, which writes small scripts that need no library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.cli.program import write_task
from tests.doubles import Alone, SleepingModel
from tests.searches import started
from tui_aide.engine.best import Ending
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.steering import Steering
from tui_aide.engine.strategies import make_strategy
from tui_aide.execution.local import LocalExecutor
from tui_aide.models.chat import ChatRequest, Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.store import FolderStore
from tui_aide.tasks.scoring_service import ScoringService, prepare_apart
from tui_aide.tasks.sealed import load_prepared
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

ROWS, TEST = 90, 30

SCRIPT = """\
import csv, random, sys, time
train = list(csv.DictReader(open("input/train.csv")))
test = list(csv.DictReader(open("input/test.csv")))
whole = len(train) == {rows}
slope = sum(float(r["a"]) * float(r["y"]) for r in train) / sum(float(r["a"]) ** 2 for r in train)
rng = random.Random({seed})
noise = {noise}
{then}
with open("submission.csv", "w") as file:
    file.write("id,y\\n")
    for r in test:
        file.write(f'{{r["id"]}},{{slope * float(r["a"]) + noise * rng.gauss(0, 1)}}\\n')
"""

E = TypeVar("E", bound=ev.Event)


def script(seed: int = 0, noise: float = 0.0, then: str = "") -> str:
    """A line through the origin, with noise of its own; `then` may ask whether it sees the `whole` data."""
    return SCRIPT.format(rows=ROWS, seed=seed, noise=noise, then=then)


class RealSearch:
    """Runs searches in one session folder, one after the other."""

    def __init__(self, place: Path, write: Callable[[ChatRequest], str], nodes: int = 1) -> None:
        self.place = place
        self.write = write
        self.budget = ev.Budget(nodes=nodes)
        self.ending = Ending()
        self.timeout = 60.0
        self.folder = SessionFolder(place / "session")
        self.task = place / "task"
        self.tree = SolutionTree()
        self.on_event: Callable[[ev.Event], None] = lambda _: None
        self.steering: Steering | None = None

    async def run(self) -> None:
        if not self.folder.path.exists():
            if not self.task.exists():
                write_task(self.task, ROWS)
            self.folder.path.mkdir()
            await prepare_apart(self.task, self.folder.path, 0)
        self.tree = SolutionTree()
        if self.folder.journal.exists():
            for event in JournalReader(self.folder.journal).read():
                self.tree.apply(event)
        store = FolderStore(self.folder, self.tree.last_seq)
        resumed = ev.SessionResumed(budget=self.budget, model="m", workers=1, slots=1)
        self.tree.apply(store.append(resumed if self.tree.started else started("min", self.budget)))
        prepared = load_prepared(self.folder.path)
        executor = LocalExecutor()
        async with ScoringService(self.folder.path) as scorer:
            evaluator = Evaluator(
                executor=executor,
                scorer=scorer,
                prepared=prepared,
                store=store,
                limits=Limits(self.timeout, None, 1),
                slots=1,
            )
            engine = Engine(
                tree=self.tree,
                store=store,
                model=SleepingModel(self.write),
                policy=make_policy("greedy"),
                strategy=make_strategy("single"),
                evaluator=evaluator,
                view=prepared.view,
                settings=Settings(sequential=True, ending=self.ending),
                on_event=lambda event: self.on_event(event),
            )
            self.steering = Steering(engine, Alone())
            async with asyncio.timeout(60):
                await engine.run()
        await executor.aclose()
        store.close()

    def events(self, kind: type[E]) -> list[E]:
        return [e for e in JournalReader(self.folder.journal).read() if isinstance(e, kind)]

    def best(self, name: str = "submission.csv") -> str:
        return (self.folder.best / name).read_text()
