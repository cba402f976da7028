from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from tests.vllm_double.server import Double
from tui_aide.errors import ModelUnavailableError, ServerFailedError, UsageError
from tui_aide.models.serving.ports import free_port
from tui_aide.models.sleep import SleepingServers

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handle: Handle) -> AsyncIterator[str]:
    """A server that answers everything with `handle`; gives its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def status(code: int, text: str) -> Handle:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=text)

    return handle


def unused() -> str:
    return f"http://127.0.0.1:{free_port()}"


async def test_a_server_sleeps_and_wakes_whichever_way_its_address_is_written() -> None:
    async with Double() as double:
        for url in (double.url, double.base_url, f"{double.url}/"):
            servers = SleepingServers([url])
            assert not await servers.is_asleep()
            assert await servers.sleep() is None
            assert await servers.is_asleep()
            await servers.wake()
            assert not await servers.is_asleep()


async def test_one_that_is_awake_can_be_woken() -> None:
    async with Double() as double:
        await SleepingServers([double.url]).wake()


async def test_a_server_that_wants_a_key_sleeps_without() -> None:
    async with Double(api_key="secret") as double:
        await SleepingServers([double.url]).sleep()
        await SleepingServers([double.url]).wake()


async def test_the_streams_of_others_come_to_their_end_first() -> None:
    async with Double(tokens_per_second=200.0) as double, aiohttp.ClientSession() as session:
        body = {"model": "tiny-r1", "stream": True, "max_tokens": 30, "messages": [{"role": "user", "content": "x"}]}
        async with session.post(f"{double.base_url}/chat/completions", json=body) as response:
            await response.content.readany()
            await SleepingServers([double.url]).sleep()
            text = (await response.read()).decode()
        assert '"finish_reason":"length"' in text.replace(" ", "")
        assert '"abort"' not in text
        await SleepingServers([double.url]).wake()


async def test_several_sleep_and_wake_together() -> None:
    async with AsyncExitStack() as stack:
        doubles = [await stack.enter_async_context(Double()) for _ in range(3)]
        servers = SleepingServers([d.url for d in doubles])
        await servers.sleep()
        assert [await SleepingServers([d.url]).is_asleep() for d in doubles] == [True] * 3
        await servers.wake()
        assert [await SleepingServers([d.url]).is_asleep() for d in doubles] == [False] * 3


async def test_a_lost_one_among_several_keeps_the_others_from_nothing() -> None:
    async with Double() as double:
        servers = SleepingServers([unused(), double.url])
        await servers.sleep()
        assert await servers.is_asleep()
        await servers.wake()
        assert not await servers.is_asleep()


async def test_where_one_refuses_the_others_are_woken_again() -> None:
    async with Double() as double, answering(status(500, "no room")) as refusing:
        with pytest.raises(ServerFailedError, match="no room"):
            await SleepingServers([double.url, refusing]).sleep()
        assert not await SleepingServers([double.url]).is_asleep()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    servers = SleepingServers([unused()])
    for call in (servers.sleep, servers.wake, servers.is_asleep):
        with pytest.raises(ModelUnavailableError, match="no server answers"):
            await call()


async def test_a_server_without_development_mode_is_told_how_to_have_it() -> None:
    async with Double(dev_mode=False) as double:
        servers = SleepingServers([double.url])
        for call in (servers.sleep, servers.wake, servers.is_asleep):
            with pytest.raises(ServerFailedError, match="VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode"):
                await call()


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        (500, '{"error": {"message": "Sleep mode is not enabled in the model config"}}', "--enable-sleep-mode"),
        (500, '{"error": {"message": "CUDA Error: out of memory at cumem.cpp"}}', "something else holds the GPU"),
        (500, "Internal Server Error", r"failed at /wake_up \(500: Internal Server Error\)"),
        (401, "who are you", "without a proxy"),
        (302, "", r"failed at /wake_up \(302"),
    ],
)
async def test_refusals_are_one_line_with_the_servers_words_and_a_remedy(code: int, text: str, told: str) -> None:
    async with answering(status(code, text)) as url:
        with pytest.raises(ServerFailedError, match=told) as caught:
            await SleepingServers([url]).wake()
    assert "\n" not in str(caught.value)
    assert url in str(caught.value)


async def test_a_gateway_with_no_server_behind_it_is_unavailable() -> None:
    async with answering(status(502, "bad gateway")) as url:
        with pytest.raises(ModelUnavailableError, match="bad gateway"):
            await SleepingServers([url]).sleep()


@pytest.mark.parametrize("text", ["<html>hello</html>", "{}", '{"is_sleeping": "yes"}', "[1]", ""])
async def test_what_is_no_vllm_is_told_so(text: str) -> None:
    async with answering(status(200, text)) as url:
        with pytest.raises(ServerFailedError, match="no vLLM server"):
            await SleepingServers([url]).is_asleep()


async def test_a_server_that_says_it_woke_but_sleeps_is_not_believed() -> None:
    async with answering(status(200, '{"is_sleeping": true}')) as url:
        with pytest.raises(ServerFailedError, match="still sleeps"):
            await SleepingServers([url]).wake()


async def test_a_server_that_answers_nothing_is_given_up_in_time() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with answering(silent) as url:
        servers = SleepingServers([url], sleep_seconds=0.1, wake_seconds=0.1, look_seconds=0.1)
        with pytest.raises(ServerFailedError, match=r"did not fall asleep in 0\.1 s: others' requests"):
            await servers.sleep()
        with pytest.raises(ServerFailedError, match="did not answer /wake_up"):
            await servers.wake()
        with pytest.raises(ServerFailedError, match="did not answer /is_sleeping"):
            await servers.is_asleep()


async def test_a_server_that_dies_meanwhile_is_unavailable() -> None:
    async def dying(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(dying) as url:
        with pytest.raises(ModelUnavailableError, match="broke"):
            await SleepingServers([url]).sleep()


def test_what_is_no_address_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="no address"):
        SleepingServers(["ftp://x"])
