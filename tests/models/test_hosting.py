"""A server of a search's own: what the pool makes of its starts and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.models.requests import ask, collect
from tests.vllm_double import Double
from tui_aide.errors import ServerFailedError
from tui_aide.models.hosting import HostedServer
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.pool import ServerPool
from tui_aide.tree.events import ServerChanged
from tui_aide.tree.node import ServerState

Start = Callable[[Callable[[ServerState, str, float | None], None]], Awaitable[None]]


class Stand:
    """Behaves as a managed server whose starts and ends a test chooses."""

    model = "tiny-r1"

    def __init__(self, hosted: HostedServer, *starts: Start) -> None:
        self.base_url = ""
        self.ended = asyncio.Event()
        self.closed = 0
        self._tell = hosted._changed
        self._starts = list(starts)
        hosted._server = self  # type: ignore[assignment]

    async def start(self) -> None:
        self.ended.clear()
        await self._starts.pop(0)(self._tell)

    async def wait(self) -> str:
        await self.ended.wait()
        return "killed"

    async def aclose(self) -> None:
        self.closed += 1


async def at_once(tell: Callable[[ServerState, str, float | None], None]) -> None:
    tell("starting", "capturing graphs", 0.9)
    tell("up", "ready", None)


async def fails(tell: Callable[[ServerState, str, float | None], None]) -> None:
    tell("failed", "no memory", None)
    raise ServerFailedError("no memory: less context would fit")


async def kept(double: Double, *starts: Start) -> tuple[ServerPool, Stand, list[ServerChanged], asyncio.Task[None]]:
    pool = ServerPool([OpenAICompatibleModel(double.url, "tiny-r1", backoff=0.01)], patience=5.0)
    told: list[ServerChanged] = []
    pool.listen(told.append)
    hosted = HostedServer()
    stand = Stand(hosted, *starts)
    keeping = asyncio.create_task(hosted.keep(pool))
    await asyncio.sleep(0)
    return pool, stand, told, keeping


async def test_progress_told_in_the_moment_before_a_server_is_ready_does_not_undo_that(double: Double) -> None:
    pool, stand, told, keeping = await kept(double, at_once)
    assert (await collect(pool, ask()))[0].finish is not None
    assert [e.state for e in told] == ["starting", "up"]
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert stand.closed == 1
    await pool.aclose()


async def test_a_server_that_dies_is_started_anew_and_after_the_last_time_has_failed(double: Double) -> None:
    pool, stand, told, keeping = await kept(double, at_once, at_once, at_once)
    async with asyncio.timeout(5):
        for ups in (1, 2, 3):
            while sum(e.state == "up" for e in told) < ups:
                await asyncio.sleep(0)
            stand.ended.set()
        await keeping
    assert [e.state for e in told] == ["starting", "up"] * 3 + ["failed"]
    with pytest.raises(ServerFailedError, match="it ended: killed"):
        await collect(pool, ask())
    await pool.aclose()


async def test_a_first_start_that_fails_ends_the_wait_with_its_cause(double: Double) -> None:
    pool, _, _, keeping = await kept(double, fails)
    with pytest.raises(ServerFailedError, match="less context would fit"):
        await collect(pool, ask())
    await keeping
    await pool.aclose()
