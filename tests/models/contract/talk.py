"""Speaks plain HTTP with a server: no client of the project's own, so that nothing is taken for granted."""

from __future__ import annotations

import asyncio
import json
import re
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

ASK: dict[str, Any] = {
    "model": "tiny-r1",
    "messages": [{"role": "user", "content": "Draft a solution."}],
    "seed": 4,
    "max_tokens": 1200,
    "temperature": 0.6,
    "top_p": 0.95,
}
CHAT = "/v1/chat/completions"
TEXT = "/v1/completions"
EVER = {"ignore_eos": True, "max_tokens": 12000}
"""Makes a completion that is not over before the test is."""

Json = dict[str, Any]


class Stream:
    """The events of a stream that was read to its end."""

    def __init__(self, text: str) -> None:
        lines = [line for line in text.split("\n") if line]
        assert all(line.startswith(("data: ", ":")) for line in lines), text[-500:]
        events = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        assert events.pop() == "[DONE]", text[-500:]
        self.chunks: list[Json] = [json.loads(event) for event in events]

    def of(self, index: int = 0) -> list[Json]:
        """One choice's entries in order."""
        return [c for chunk in self.chunks for c in chunk["choices"] if c["index"] == index]

    def text(self, field: str, index: int = 0) -> str:
        """All of a choice's text in a field of its deltas."""
        return "".join(choice["delta"].get(field) or "" for choice in self.of(index))

    def finish(self, index: int = 0) -> str:
        """A choice's finish reason, which stands on its last entry only."""
        reasons = [choice["finish_reason"] for choice in self.of(index)]
        assert reasons[-1] is not None
        assert not any(reasons[:-1])
        return str(reasons[-1])


class Talk:
    """A client of one server.

    Args:
        url: without `/v1`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
            return response.status, await response.text()

    async def get(self, path: str) -> Json:
        status, text = await self.send("GET", path)
        assert status == 200, text
        found: Json = json.loads(text)
        return found

    async def post(self, path: str, body: Any = None, **headers: str) -> Json:
        status, text = await self.send("POST", path, body, **headers)
        assert status == 200, text
        found: Json = json.loads(text)
        return found

    async def chat(self, **fields: Any) -> Json:
        return await self.post(CHAT, ASK | fields)

    async def message(self, **fields: Any) -> Json:
        found: Json = (await self.chat(**fields))["choices"][0]["message"]
        return found

    async def stream(self, path: str = CHAT, /, **fields: Any) -> Stream:
        body = ASK | {"stream": True} | fields
        if path == TEXT:
            del body["messages"]
        async with self.http.post(self.url + path, json=body) as response:
            assert response.status == 200, await response.text()
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            return Stream(await response.text())

    async def refused(self, status: int, path: str = CHAT, /, **fields: Any) -> Json:
        """The error of a request that must be refused so, streamed or not."""
        body = {key: value for key, value in (ASK | fields).items() if path == CHAT or key != "messages"}
        errors = []
        for streamed in (False, True):
            if not (streamed and "stream_options" in fields):
                got, text = await self.send("POST", path, body | {"stream": streamed})
                assert got == status, text
                assert list(json.loads(text)) == ["error"]
                errors.append(json.loads(text)["error"])
        error: Json = errors[0]
        assert list(error) == ["message", "type", "param", "code"]
        assert error["code"] == status
        return error

    async def refused_late(self, path: str = CHAT, /, **fields: Any) -> Json:
        """The error of a request whose fault only the engine sees: a stream of it is a 200 that holds the error."""
        body = {key: value for key, value in (ASK | fields).items() if path == CHAT or key != "messages"}
        status, text = await self.send("POST", path, body)
        assert status == 400, text
        whole: Json = json.loads(text)
        async with self.http.post(self.url + path, json=body | {"stream": True}) as response:
            assert response.status == 200
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            (told,) = Stream(await response.text()).chunks
        assert list(told) == ["error"]
        assert list(told["error"]) == ["message", "type", "param", "code"]
        assert told["error"]["code"] == 400
        assert told["error"]["message"][-20:] == whole["error"]["message"][-20:]  # one holds the time of day
        found: Json = whole["error"]
        return found

    async def metrics(self) -> str:
        status, text = await self.send("GET", "/metrics")
        assert status == 200
        return text

    async def metric(self, name: str, **labels: str) -> float:
        """One sample's value."""
        wanted = {"engine": "0", "model_name": "tiny-r1"} | labels
        for match in re.finditer(rf"^vllm:{name}{{(.*)}} (\S+)$", await self.metrics(), re.MULTILINE):
            if dict(re.findall(r'(\w+)="([^"]*)"', match[1])) == wanted:
                return float(match[2])
        raise AssertionError(f"no vllm:{name} with {wanted}")

    async def reach(self, name: str, value: float, seconds: float = 10.0) -> None:
        """Wait until a metric has a value."""
        until = time.monotonic() + seconds
        while (now := await self.metric(name)) != value:
            assert time.monotonic() < until, f"{name} is {now}, not {value}"
            await asyncio.sleep(0.01)
