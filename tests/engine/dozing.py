"""A server that only pretends to sleep, and knows when somebody is at the GPU who must not be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from tests.doubles import SleepingExecutor, SleepingModel
from tui_aide.engine.gpu import GpuGate
from tui_aide.errors import ModelError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest, Delta, Finish


class DozingServer:
    """Implements `Sleeper`; `sleep_failures` and `wake_failures` are raised first, one a call."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asleep = False
        self.seconds = seconds
        self.sleep_failures: list[ModelError] = []
        self.wake_failures: list[ModelError] = []
        self.look_failure: ModelError | None = None
        self.freed: int | None = None
        self.calls: list[str] = []
        self.under_way = 0
        self.streams = 0
        self.scripts = 0
        self.shared = False

    async def sleep(self) -> int | None:
        await self._call("sleep", self.sleep_failures)
        assert not self.streams, "put to sleep while a sample streams"
        self.asleep = True
        return self.freed

    async def wake(self) -> None:
        await self._call("wake", self.wake_failures)
        assert not self.scripts, "woken while a script runs"
        self.asleep = False

    async def is_asleep(self) -> bool:
        if self.look_failure is not None:
            raise self.look_failure
        return self.asleep

    async def _call(self, name: str, failures: list[ModelError]) -> None:
        self.calls.append(name)
        self.under_way += 1
        assert self.under_way == 1, "two hand-overs at once"
        try:
            await asyncio.sleep(self.seconds)
            if failures:
                raise failures.pop(0)
        finally:
            self.under_way -= 1

    @asynccontextmanager
    async def streaming(self, gate: GpuGate) -> AsyncGenerator[None, None]:
        async with gate.thinking():
            with self.stream():
                yield

    @asynccontextmanager
    async def running(self, gate: GpuGate) -> AsyncGenerator[None, None]:
        async with gate.training():
            self.shared = self.shared or gate.held_for == ""
            with self.script():
                yield

    def stream(self) -> _Counted:
        assert not self.asleep, "a sample streams while the server sleeps"
        return _Counted(self, "streams")

    def script(self) -> _Counted:
        assert self.asleep or self.shared, "a script runs while the server is awake"
        return _Counted(self, "scripts")


class _Counted:
    def __init__(self, server: DozingServer, what: str) -> None:
        self._server, self._what = server, what

    def __enter__(self) -> None:
        setattr(self._server, self._what, getattr(self._server, self._what) + 1)

    def __exit__(self, *_: object) -> None:
        setattr(self._server, self._what, getattr(self._server, self._what) - 1)


class WatchedModel(SleepingModel):
    """A sleeping model whose streams the server counts."""

    server: DozingServer

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        with self.server.stream():
            async for item in super().stream(request):
                yield item


class WatchedExecutor(SleepingExecutor):
    """A sleeping executor whose scripts the server counts."""

    server: DozingServer

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        with self.server.script():
            return await super().run(execution, on_usage)
