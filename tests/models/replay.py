"""A real server on a real port that answers with captured bytes, cut at odd places."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"


def capture(name: str) -> bytes:
    return (FIXTURES / f"{name}.http").read_bytes()


def events(*data: str, done: bool = True) -> bytes:
    """An event stream that ends with the connection."""
    lines = "".join(f"data: {d}\n\n" for d in (*data, *(["[DONE]"] if done else [])))
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + lines.encode()


def refusal(status: int, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Refused", f"content-length: {len(body)}", "connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


class Replay:
    """What the server answers, in order for completions, and what it was asked.

    The first `unanswered` completions get no byte; the others get theirs after `delay` seconds, headers at once.
    """

    def __init__(self) -> None:
        self.models = capture("models")
        self.answers: list[bytes] = []
        self.piece = 64 * 1024
        self.hang = False
        self.unanswered = 0
        self.delay = 0.0
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hung_up = asyncio.Event()
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = first.split()[1]
            if path.endswith("/v1/models") or first.startswith("POST"):
                self.requests.append((path, headers, body))
            if path.endswith("/v1/models"):
                answer = self.models
            elif first.startswith("GET"):
                answer = refusal(404, '{"detail":"Not Found"}')
            elif self.unanswered:
                self.unanswered -= 1
                await reader.read()
                return
            else:
                answer = self.answers.pop(0)
                if self.delay:
                    head_end = answer.index(b"\r\n\r\n") + 4
                    writer.write(answer[:head_end])
                    await asyncio.sleep(self.delay)
                    answer = answer[head_end:]
            for at in range(0, len(answer), self.piece):
                writer.write(answer[at : at + self.piece])
                await writer.drain()
                await asyncio.sleep(0)
            if self.hang and not path.endswith("/models"):
                await reader.read()
                self.hung_up.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        finally:
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Replay]:
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self


@pytest.fixture
async def server() -> AsyncIterator[Replay]:
    async with Replay().serving() as replay:
        yield replay
