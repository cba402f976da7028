"""Every fault does what it says, and only as often as asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.vllm_double.server import Double

ASK: dict[str, Any] = {"model": "tiny-r1", "messages": [{"role": "user", "content": "x"}], "seed": 0, "stream": True}


class Client:
    def __init__(self, double: Double, http: aiohttp.ClientSession) -> None:
        self.double, self.http = double, http

    def post(self, **fields: Any) -> Any:
        return self.http.post(f"{self.double.base_url}/chat/completions", json=ASK | fields, allow_redirects=False)

    async def body(self, **fields: Any) -> bytes:
        async with self.post(**fields) as response:
            return bytes(await response.read())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Double() as double, aiohttp.ClientSession() as http:
        yield Client(double, http)


async def received(client: Client) -> tuple[bytes, Exception | None]:
    got = b""
    async with client.post() as response:
        try:
            async with asyncio.timeout(0.5):
                async for data in response.content.iter_any():
                    got += data
        except (aiohttp.ClientError, TimeoutError) as error:
            return got, error
    return got, None


@pytest.mark.parametrize(
    ("name", "error"), [("cut", aiohttp.ClientPayloadError), ("reset", aiohttp.ClientError), ("stall", TimeoutError)]
)
async def test_a_stream_breaks_after_so_many_bytes(client: Client, name: Any, error: type[Exception]) -> None:
    for after in (0, 1, 777, 5000):
        client.double.fail(name, after=after)
        got, raised = await received(client)
        assert len(got) == after
        assert isinstance(raised, error)
    assert (await client.body()).endswith(b"data: [DONE]\n\n")
    assert client.double.running == 0


async def test_a_body_may_be_shorter_than_its_length(client: Client) -> None:
    client.double.fail("wrong-length", size=100)
    got, raised = await received(client)
    assert isinstance(raised, aiohttp.ClientPayloadError)
    assert got.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("name", ["drip", "gzip", "wrong-type", "long-line"])
async def test_the_same_text_comes_in_other_clothes(client: Client, name: Any) -> None:
    ids = {"request_id": "same", "max_tokens": 30}
    plain = await client.body(**ids)
    client.double.fail(name, after=500, size=100_000)
    async with client.post(**ids) as response:
        body = await response.read()
        assert response.headers.get("content-encoding") == ("gzip" if name == "gzip" else None)
        assert response.content_type == ("text/plain" if name == "wrong-type" else "text/event-stream")
    body = body.replace(b"data: " + b"x" * 100_000 + b"\n\n", b"")
    created = json.loads(plain.split(b"\n")[0][6:])["created"], json.loads(body.split(b"\n")[0][6:])["created"]
    assert body.replace(str(created[1]).encode(), str(created[0]).encode()) == plain


@pytest.mark.parametrize(
    ("name", "status", "start"),
    [
        ("html", 200, b"<!doctype html>"),
        ("garbage", 200, b"data: {"),
        ("status-500", 500, b'{"error":{"message":"EngineCore'),
        ("busy", 503, b'{"error":{"message":"The engine is currently busy'),
        ("unauthorized", 401, b'{"error":"Unauthorized"}'),
        ("gone", 404, b'{"error":{"message":"The model `tiny-r1` does not exist.'),
        ("context", 400, b'{"error":{"message":"This model\'s maximum context length is'),
        ("redirect-302", 302, b""),
        ("redirect-307", 307, b""),
        ("rate-limit", 429, b'{"error":{"message":"Rate limit'),
        ("rate-limit-date", 429, b'{"error":{"message":"Rate limit'),
    ],
)
async def test_a_request_gets_no_completion(client: Client, name: Any, status: int, start: bytes) -> None:
    client.double.fail(name, times=2)
    for _ in range(2):
        async with client.post() as response:
            assert response.status == status
            assert (await response.read()).startswith(start)
            assert ("retry-after" in response.headers) == (status == 429)
            assert ("location" in response.headers) == (status // 100 == 3)
    assert (await client.body()).endswith(b"data: [DONE]\n\n")


async def test_choices_end_after_so_many_tokens(client: Client) -> None:
    client.double.fail("abort", after=5)
    text = await client.body(n=2)
    assert text.count(b'"finish_reason":"abort"') == 2
    assert text.endswith(b"data: [DONE]\n\n")
    client.double.fail("engine-error", after=5)
    assert b'data: {"error": {"message": "EngineCore encountered' in await client.body()


async def test_headers_may_never_come(client: Client) -> None:
    client.double.fail("stall-before-headers")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.body()
    client.double.fail("stall-after-headers")
    async with client.post() as response:
        assert response.status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await response.read()


async def test_a_server_ends_by_signal_or_dies_and_comes_back() -> None:
    async with Double(tokens_per_second=200) as double, aiohttp.ClientSession() as http:
        client = Client(double, http)

        async def ended(how: Any) -> bytes:
            async with client.post(ignore_eos=True) as response:
                await response.content.readany()
                waiting = asyncio.create_task(response.read())
                await how
                return bytes(await waiting)

        text = await ended(double.sigterm())
        assert b'"finish_reason":"abort"' in text
        assert text.endswith(b"data: [DONE]\n\n")
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.body()
        await double.ready()
        with pytest.raises(aiohttp.ClientError):
            await ended(double.kill())
        await double.ready()
        text = await ended(double.die(grace=0.2))
        assert text.endswith(b'"code": 500}}\n\ndata: [DONE]\n\n')
        async with client.post() as response:
            assert response.status == 500
        async with http.get(f"{double.url}/health") as response:
            assert response.status == 503
        await asyncio.sleep(0.3)
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.body()


async def test_a_full_queue_is_told(client: Client) -> None:
    async with Double(tokens_per_second=50, max_num_seqs=1, max_queued=1) as double:
        busy = Client(double, client.http)
        tasks = [asyncio.create_task(busy.body(ignore_eos=True)) for _ in range(2)]
        while double.running + double.waiting < 2:
            await asyncio.sleep(0.01)
        async with busy.post() as response:
            assert response.status == 503
        for task in tasks:
            task.cancel()
        while double.running + double.waiting:
            await asyncio.sleep(0.01)


async def test_ipv6_and_keys() -> None:
    async with Double(host="::1", api_key="k") as double, aiohttp.ClientSession() as http:
        assert double.url.startswith("http://[::1]:")
        async with http.get(f"{double.base_url}/models") as response:
            assert (response.status, await response.text()) == (401, '{"error":"Unauthorized"}')
        async with http.get(f"{double.base_url}/models", headers={"Authorization": "Bearer k"}) as response:
            assert response.status == 200
        async with http.get(f"{double.url}/health") as response:
            assert response.status == 200


async def test_chunks_may_hold_two_tokens_or_no_text() -> None:
    async with Double() as plain, Double(merge=0.3, empty=0.2) as odd, aiohttp.ClientSession() as http:
        texts = []
        for double in (plain, odd):
            body = await Client(double, http).body()
            deltas = [
                json.loads(line[6:])["choices"][0]["delta"] for line in body.split(b"\n") if line[:7] == b"data: {"
            ]
            texts.append(["".join(d.get(field) or "" for d in deltas) for field in ("reasoning", "content")])
            assert any(d.get("reasoning") == "" for d in deltas) == (double is odd)
        assert texts[0] == texts[1]


async def test_blanks_without_end_fill_a_structured_answer() -> None:
    async with Double(whitespace_trap=True) as double, aiohttp.ClientSession() as http:
        form = {"response_format": {"type": "json_object"}, "max_tokens": 300, "stream": False}
        choice = json.loads(await Client(double, http).body(**form))["choices"][0]
        assert choice["finish_reason"] == "length"
        assert choice["message"]["content"].strip() == "{"
