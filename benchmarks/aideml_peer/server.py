"""A model server with a script: how soon it answers, what it says, and how it fails at one answer.

python -m benchmarks.aideml_peer.server LOG [--first S --rate N --fault NAME --misdeed NAME --at N --times N]:
prints its address. Each completion goes to LOG as a line: whether it wrote code or a review, when, and how many tokens
its prompt had. Reviews are calls of the function that the request brings, and say what the script printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from aiohttp import web

from benchmarks.aideml_peer.scripts import REVIEW_TOKENS, Misdeed, answer, tokens

Fault = Literal["answers 500", "goes silent", "cuts the stream"]
_SCORE = re.compile(r"^score: ([-\d.]+)", re.MULTILINE)
MARK = "TUI_AIDE_BENCHMARK_SLEEPERS"
"""The environment variable with the word that marks what a script leaves."""
_CONTEXT = 32_768


class Answered(msgspec.Struct, frozen=True):
    """A completion: when its request came and its answer was complete (seconds since 1970), tokens of its prompt."""

    kind: Literal["code", "review", "fault"]
    began: float
    ended: float
    prompt: int


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How the server behaves.

    Attributes:
        first: seconds to the first token; `rate`: tokens a second of one stream after it, 0 is at once.
        fault: what befalls `times` requests for code once `at` were answered.
        misdeed: what the script of the answer number `at` does.
        mark: a word in the command lines of what that script starts.
    """

    first: float = 0.0
    rate: float = 0.0
    fault: Fault | None = None
    misdeed: Misdeed | None = None
    at: int = 1
    times: int = 1
    mark: str = ""


class ScriptedServer:
    """The handlers; the number of an answer is that of the requests for code before it."""

    def __init__(self, manner: Manner, log: Path) -> None:
        self._manner, self._log = manner, log
        self._codes, self._faults = 0, manner.times if manner.fault else 0

    def application(self) -> web.Application:
        """Return what is served."""
        application = web.Application(client_max_size=64 << 20)
        application.router.add_get("/v1/models", self._models)
        application.router.add_post("/v1/chat/completions", self._complete)
        return application

    async def _models(self, request: web.Request) -> web.Response:
        model = {"id": "scripted", "object": "model", "created": 0, "owned_by": "vllm", "max_model_len": _CONTEXT}
        return web.json_response({"object": "list", "data": [model]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        began = time.time()
        body: dict[str, Any] = msgspec.json.decode(await request.read())
        text = "\n".join(_text(message.get("content")) for message in body["messages"])
        prompt = tokens(len(text))
        if body.get("tools"):
            await asyncio.sleep(self._seconds(REVIEW_TOKENS))
            response = web.json_response(_review(body, text, prompt))
            self._note("review", began, prompt)
            return response
        number = self._codes
        if number == self._manner.at and self._faults:
            self._faults -= 1
            self._note("fault", began, prompt)
            return await self._fail(request, bool(body.get("stream")))
        self._codes += 1
        said = answer(number, self._manner.misdeed if number == self._manner.at else None, self._manner.mark)
        if body.get("stream"):
            return await self._stream(request, said, prompt, began)
        await asyncio.sleep(self._seconds(tokens(len(said))))
        self._note("code", began, prompt)
        return web.json_response(_whole({"role": "assistant", "content": said}, "stop", prompt, tokens(len(said))))

    def _seconds(self, count: int) -> float:
        return self._manner.first + (count / self._manner.rate if self._manner.rate else 0.0)

    async def _stream(self, request: web.Request, said: str, prompt: int, began: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        start = time.monotonic() + self._manner.first
        step = 4 if self._manner.rate else len(said)
        for place in range(0, len(said), step):
            due = start + (place / 4 / self._manner.rate if self._manner.rate else 0.0)
            if (left := due - time.monotonic()) > 0:
                await asyncio.sleep(left)
            await response.write(_chunk({"content": said[place : place + step]}, None))
        await response.write(_chunk({}, "stop"))
        usage = {"prompt_tokens": prompt, "completion_tokens": tokens(len(said))}
        await response.write(_event({"object": "chat.completion.chunk", "choices": [], "usage": usage}))
        self._note("code", began, prompt)
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _fail(self, request: web.Request, streamed: bool) -> web.StreamResponse:
        if self._manner.fault == "answers 500":
            return web.json_response({"error": {"message": "internal error", "type": "server_error"}}, status=500)
        kind = "text/event-stream" if streamed else "application/json"
        response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": "100000"})
        await response.prepare(request)
        await response.write(_chunk({"content": "A plan that"}, None) if streamed else b'{"id": "cut", "choices": [')
        if self._manner.fault == "goes silent":
            await asyncio.sleep(3600)
        assert request.transport is not None
        request.transport.abort()
        return response

    def _note(self, kind: Literal["code", "review", "fault"], began: float, prompt: int) -> None:
        with self._log.open("ab") as file:
            file.write(msgspec.json.encode(Answered(kind, began, time.time(), prompt)) + b"\n")


def read_log(path: Path) -> list[Answered]:
    """Return what was answered, in the order in which the requests came."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return sorted((msgspec.json.decode(line, type=Answered) for line in lines), key=lambda a: a.began)


def _review(body: dict[str, Any], text: str, prompt: int) -> dict[str, Any]:
    found = _SCORE.findall(text)
    told = {
        "is_bug": not found,
        "summary": ("The script fitted a ridge regression and wrote its submission. " * 9)[: REVIEW_TOKENS * 4 - 80],
        "metric": float(found[-1]) if found else None,
        "lower_is_better": True,
    }
    call = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(told)}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": call}],
    }
    return _whole(message, "tool_calls", prompt, REVIEW_TOKENS)


def _whole(message: dict[str, Any], finish: str, prompt: int, completion: int) -> dict[str, Any]:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "scripted"}
    return head | {"choices": [choice], "usage": usage}


def _chunk(delta: dict[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]})


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


async def serve(manner: Manner, log: Path) -> None:
    """Serve on a free port of this machine until SIGTERM."""
    runner = web.AppRunner(ScriptedServer(manner, log).application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--first", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--fault", choices=get_args(Fault))
    parser.add_argument("--misdeed", choices=get_args(Misdeed))
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("--times", type=int, default=1)
    told = vars(parser.parse_args())
    log = told.pop("log")
    told["mark"] = os.environ.get(MARK, "")
    asyncio.run(serve(Manner(**told), log))


if __name__ == "__main__":
    main()
