"""Samples and scripts in turns at one GPU, for `from tests.engine.gpu_turns import turns` in a conftest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.engine.dozing import DozingServer
from tui_aide.engine.gpu import AlternatingGate
from tui_aide.tree import events as ev


class Turns:
    """A gate, its server and its events, with a few words for samples and scripts that end when told."""

    def __init__(self) -> None:
        self.server = DozingServer()
        self.events: list[ev.Event] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.gate = self.make()

    def make(self, **settings: Any) -> AlternatingGate:
        defaults = {"batch": 100, "patience": 1000.0, "settle": 0.0, "sleep_pauses": (0.0,), "wake_pauses": (0.0, 0.0)}
        self.gate = AlternatingGate(self.server, self.events.append, **{**defaults, **settings})
        return self.gate

    def sample(self) -> Visit:
        return self._visit(self.server.streaming)

    def script(self) -> Visit:
        return self._visit(self.server.running)

    def _visit(self, enter: Callable[[AlternatingGate], Any]) -> Visit:
        visit = Visit(enter(self.gate))
        self.tasks.append(visit.task)
        return visit

    @property
    def held_for(self) -> str:
        return self.gate.held_for

    @property
    def hand_overs(self) -> list[tuple[str, str]]:
        return [(e.to, e.reason) for e in self.events if isinstance(e, ev.GpuHandedOver)]

    @property
    def notices(self) -> list[str]:
        return [e.message for e in self.events if isinstance(e, ev.Notice)]


class Visit:
    """Somebody at the GPU, or on the way there, who leaves when told."""

    def __init__(self, context: Any) -> None:
        self.inside = asyncio.Event()
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(context))

    async def _stay(self, context: Any) -> None:
        async with context:
            self.inside.set()
            await self.leave.wait()

    async def end(self) -> None:
        self.leave.set()
        await self.task


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    turns = Turns()
    async with asyncio.timeout(20):
        yield turns
        for task in turns.tasks:
            task.cancel()
        await asyncio.gather(*turns.tasks, return_exceptions=True)
        await turns.gate.aclose()
    assert not turns.server.asleep


async def quiet() -> None:
    """Let everything happen that needs no clock."""
    for _ in range(60):
        await asyncio.sleep(0)
