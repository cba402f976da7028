"""A search whose engine and folder are real, and whose model and scripts only sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.doubles import Alone, FirstLineScorer, SleepingExecutor, SleepingModel, toy_task
from tests.searches import started
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.steering import Steering
from tui_aide.engine.strategies import make_strategy
from tui_aide.models.chat import Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.store import FolderStore
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


class Search:
    """A real engine on a real folder, with a model and scripts that only sleep."""

    def __init__(self, path: Path, budget: ev.Budget, settings: Settings | None = None, **parts: Any) -> None:
        path.mkdir(exist_ok=True)
        self.folder = SessionFolder(path)
        self.tree = SolutionTree()
        if self.folder.journal.exists():
            for event in JournalReader(self.folder.journal).read():
                self.tree.apply(event)
        self.store = FolderStore(self.folder, self.tree.last_seq)
        first = (
            ev.SessionResumed(budget=budget, model="m", workers=1, slots=1)
            if self.tree.started
            else started(budget=budget)
        )
        self.tree.apply(self.store.append(first))
        self.model = parts.get("model") or SleepingModel()
        self.executor = parts.get("executor") or SleepingExecutor()
        self.scorer = parts.get("scorer") or FirstLineScorer()
        settings = settings or Settings(workers=2, slots=1)
        prepared = toy_task(path / f"task-{self.tree.last_seq}", parts.get("folds", 1))
        self.evaluator = Evaluator(
            executor=self.executor,
            scorer=self.scorer,
            prepared=prepared,
            store=self.store,
            limits=Limits(60.0, None, 1),
            slots=settings.slots,
            gate=parts["gate"](self._record) if "gate" in parts else None,
            gpus=parts.get("gpus"),
        )
        self.engine = Engine(
            tree=self.tree,
            store=self.store,
            model=self.model,
            policy=make_policy("greedy"),
            strategy=make_strategy(parts.get("strategy", "single")),
            evaluator=self.evaluator,
            view=prepared.view,
            settings=settings,
            on_event=self._note,
        )
        self.steering = Steering(self.engine, Alone())
        self._waiting: list[tuple[Callable[[ev.Event], bool], asyncio.Event]] = []

    def _record(self, event: ev.Event) -> None:
        self.engine.record(event)

    def _note(self, event: ev.Event) -> None:
        for wanted, found in self._waiting:
            if wanted(event):
                found.set()

    async def until(self, wanted: Callable[[ev.Event], bool]) -> None:
        found = asyncio.Event()
        self._waiting.append((wanted, found))
        async with asyncio.timeout(10):
            await found.wait()

    def events(self) -> list[ev.AnyEvent]:
        return JournalReader(self.folder.journal).read()

    async def run(self) -> None:
        try:
            async with asyncio.timeout(30):
                await self.engine.run()
        finally:
            self.store.close()
