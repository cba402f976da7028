"""A search that never rests: the real engine, store and socket; its model and scripts sleep, and say hostile things."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.doubles import SleepingExecutor, SleepingModel
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.socket_server import SocketServer
from tui_aide.tree import events as ev

ODD = (
    "[bold]not bold[/] [/nothing]",
    "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "字幅の広い文字 한국어",
    "e\u0301\u0301\u0301 \u202eright to left\u202c שלום",
    "👩‍👩‍👧‍👦🏳️‍🌈 \u200b\ufeff",
    "tab\tcarriage\rreturn\x00nul\x7f",
    "x" * 3000,
    "progress 1%\rprogress 50%\rprogress 100%\n",
)
"""What models, scripts and data have been seen to say, and worse."""


def hostile(request: ChatRequest) -> str:
    """A script that crashes now and then, waits now and then, and holds odd text."""
    rng = random.Random(request.sampling.seed)
    first = "# crash" if (dice := rng.random()) < 0.25 else "# timeout" if dice < 0.3 else f"# score {rng.random():.6f}"
    odd = rng.choice(ODD).replace("\r", " ").replace("\n", " ").replace("\x00", "")
    return f"{first}\nimport numpy as np\n\nname = {odd!r}  # {odd.encode('ascii', 'replace').decode()}\nprint(name)\n"


class TalkingExecutor(SleepingExecutor):
    """Prints odd text while it sleeps."""

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Write to the node's log, then do as the double does."""
        with execution.output.open("ab") as file:
            for text in ODD:
                file.write(text.encode("utf-8", "surrogatepass") + b"\xff\xfe\n")
        return await super().run(execution, on_usage)


class BusySearch:
    """One session that can be stopped and resumed any number of times.

    Args:
        place: the sessions folder.
        name: the session's.
        pace: what its model's 0.6 s and its scripts' 0.15 s are multiplied by.
    """

    def __init__(self, place: Path, name: str = "busy-0001", pace: float = 1.0) -> None:
        source = TaskSource(name="toy", source="toy", metric="accuracy", direction="max")
        config = SessionConfig(
            id=name,
            name=name,
            created=time.time(),
            version="0",
            task=source,
            search=SearchSettings(),
            budget=ev.Budget(),
        )
        self.folder: SessionFolder = seal(create_folder(place, name), config)
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.failures: list[BaseException] = []
        self._pace = pace
        self._search: Search | None = None

    @property
    def running(self) -> bool:
        """Whether its engine is at work."""
        return self._task is not None and not self._task.done()

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self._search.tree.nodes) if self._search is not None else 0

    def forget(self) -> None:
        """Let the doubles forget what they were asked for: it is of use to other tests, and grows."""
        if self._search is not None:
            self._search.model.requests.clear()
            self._search.executor.executions.clear()

    def begin(self, budget: int = 100_000) -> None:
        """Run it from where it stands, unless it runs."""
        self._loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(budget))

    def resume(self) -> None:
        """Do as `begin` from another thread, as an app does whose user asks for it."""
        assert self._loop is not None, "it was never begun"
        asyncio.run_coroutine_threadsafe(self._resume(), self._loop).result()

    async def _resume(self) -> None:
        self.begin()

    async def _run(self, budget: int) -> None:
        lock = WriterLock(self.folder)
        try:
            search = self._search = Search(
                self.folder.path,
                ev.Budget(nodes=budget),
                Settings(workers=4, slots=2),
                model=SleepingModel(hostile, seconds=0.6 * self._pace, deltas=6),
                executor=TalkingExecutor(0.15 * self._pace),
            )
            server = SocketServer(self.folder, search.steering.handle, search.engine.progress)
            await server.start()
            try:
                await search.engine.run()
            finally:
                await server.close()
                search.store.close()
        except Exception as e:
            self.failures.append(e)
            raise
        finally:
            lock.release()

    async def end(self) -> None:
        """Cut it off, as kill -9 would."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Sequence[BaseException]:
        """Return why its engine broke, if it did."""
        return self.failures
