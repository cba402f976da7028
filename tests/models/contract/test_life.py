"""Leaving early, sleeping and waking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.models.contract.talk import ASK, CHAT, EVER, Stream, Talk


@asynccontextmanager
async def midway(talk: Talk, **fields: object) -> AsyncIterator[aiohttp.ClientResponse]:
    """A stream from which something has come and which goes on for long."""
    async with talk.http.post(talk.url + CHAT, json=ASK | EVER | {"stream": True} | fields) as response:
        assert await response.content.readany()
        yield response


async def silent(response: aiohttp.ClientResponse, seconds: float = 0.5) -> bytes:
    """What still comes until the stream is silent for so long."""
    got = b""
    while True:
        try:
            async with asyncio.timeout(seconds):
                data = await response.content.readany()
        except TimeoutError:
            return got
        assert data, "the stream has ended"
        got += data


@asynccontextmanager
async def asleep(talk: Talk, query: str = "level=1") -> AsyncIterator[None]:
    """The server sleeps within, and is awake afterwards whatever happens."""
    try:
        assert (await talk.post(f"/sleep?{query}"))["status"] == "sleeping"
        yield
    finally:
        await talk.post("/wake_up")


@pytest.mark.parametrize("n", [1, 4])
async def test_generation_stops_when_a_stream_is_closed(talk: Talk, n: int) -> None:
    async with midway(talk, n=n) as response:
        await talk.reach("num_requests_running", n)
        response.close()
        await talk.reach("num_requests_running", 0, seconds=3)
    generated = await talk.metric("generation_tokens_total")
    await asyncio.sleep(0.2)
    assert await talk.metric("generation_tokens_total") == generated


async def test_generation_stops_when_nobody_waits_for_the_whole(talk: Talk) -> None:
    task = asyncio.create_task(talk.chat(**EVER, n=3))
    await talk.reach("num_requests_running", 3)
    task.cancel()
    await talk.reach("num_requests_running", 0, seconds=3)


async def test_sleep_aborts_what_runs_in_good_order(talk: Talk) -> None:
    aborted = await talk.metric("request_success_total", finished_reason="abort")
    async with midway(talk) as response, asleep(talk):
        assert await talk.get("/is_sleeping") == {"is_sleeping": True}
        rest = await response.text()
    stream = Stream(rest[rest.index("data: ") :])
    assert stream.finish() == "abort"
    assert await talk.metric("request_success_total", finished_reason="abort") == aborted + 1
    assert await talk.get("/is_sleeping") == {"is_sleeping": False}
    assert (await talk.chat(max_tokens=2))["choices"][0]["finish_reason"] == "length"


async def test_sleep_can_wait_for_what_runs(talk: Talk) -> None:
    async with midway(talk, max_tokens=800) as response, asleep(talk, "level=1&mode=wait"):
        assert '"finish_reason":"length"' in await response.text()


async def test_sleep_can_freeze_what_runs(talk: Talk) -> None:
    async with midway(talk, max_tokens=600) as response:
        async with asleep(talk, "level=1&mode=keep"):
            got = await silent(response)
            assert b"[DONE]" not in got
            assert await talk.metric("num_requests_running") == 1
        rest = got.decode() + await response.text()
        assert rest.endswith("data: [DONE]\n\n")
        assert '"finish_reason":"length"' in rest


async def test_a_chat_that_comes_while_asleep_hangs_until_the_server_wakes(talk: Talk) -> None:
    asked = talk.http.post(talk.url + CHAT, json=ASK | {"stream": True, "max_tokens": 3})
    async with asleep(talk), asked as response:
        assert response.status == 200
        assert await silent(response) == b""
        assert await talk.metric("num_requests_running") == 0
        assert await talk.metric("num_requests_waiting") == 0
        await talk.post("/wake_up")
        assert Stream(await response.text()).finish() == "length"


async def test_the_depth_of_sleep_is_in_the_metrics(talk: Talk) -> None:
    states = {"level=0": "", "level=1": "weights_offloaded", "level=2": "discard_all"}
    for query, state in states.items():
        async with asleep(talk, query):
            for name in ("awake", "weights_offloaded", "discard_all"):
                assert await talk.metric("engine_sleep_state", sleep_state=name) == float(name == state)
    assert await talk.metric("engine_sleep_state", sleep_state="awake") == 1


async def test_a_server_wakes_piece_by_piece(talk: Talk) -> None:
    async with asleep(talk):
        assert await talk.post("/wake_up?tags=weights") == {"status": "sleeping", "tags": ["weights"]}
        assert await talk.get("/is_sleeping") == {"is_sleeping": True}
        assert await talk.post("/resume") == {"status": "resumed"}
        assert await talk.get("/is_sleeping") == {"is_sleeping": True}
        assert await talk.post("/wake_up?tags=kv_cache") == {"status": "awake", "tags": ["kv_cache"]}
        assert await talk.get("/is_sleeping") == {"is_sleeping": False}
    assert await talk.post("/wake_up") == {"status": "awake", "tags": None}


async def test_pause_and_resume(talk: Talk) -> None:
    assert await talk.get("/is_paused") == {"is_paused": False}
    assert await talk.post("/pause?mode=keep") == {"status": "paused"}
    assert await talk.get("/is_paused") == {"is_paused": True}
    assert await talk.post("/resume") == {"status": "resumed"}
    assert await talk.get("/is_paused") == {"is_paused": False}
    assert await talk.post("/reset_prefix_cache") == {"success": True}


async def test_a_way_to_sleep_that_there_is_not_is_refused(talk: Talk) -> None:
    for query, param in (("level=7", "query.level"), ("mode=deep", "query.mode")):
        status, text = await talk.send("POST", f"/sleep?{query}")
        assert status == 400
        assert f'"param":"{param}"' in text
    assert await talk.get("/is_sleeping") == {"is_sleeping": False}
