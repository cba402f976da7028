"""The coder behind OpenAI's chat protocol: models, completions (streamed or whole), n, limits, function calls.

A model id is a size (`14b`), or one with the task, the model's seed and its heed, as in `14b@friedman@3@0.5`, so that
one server is many models.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import socket
import time
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web

from benchmarks.imperfect.coder import Mind, Reply, prompt_tokens, reply
from benchmarks.imperfect.judging import review_call
from benchmarks.imperfect.profiles import PROFILES
from benchmarks.imperfect.tasks import BANKS

_WITHOUT_OPENING_TAG, _WITH_TAGS = ("14b",), ("7b",)
"""Sizes whose thinking comes as text; that of the others is told apart, as `reasoning_content`."""
_LONG = 512
"""Tokens of thinking from which on it comes in pieces, of as many."""

_CONTEXT = 32_768
_LIMIT = 8192
"""Tokens of a completion for which no limit is asked."""
_REST_KEY = 300
"""Characters by which an answer that was cut is known again."""


_MINDS = tuple("@".join(mind) for mind in itertools.product(PROFILES, BANKS, "0123456789", ("0", "0.5", "1")))
"""Models that are listed beside the sizes; others are answered as well."""


class _Piece(msgspec.Struct, frozen=True):
    """One choice as it goes over the wire."""

    reasoning: str
    content: str
    reasoning_tokens: int
    tokens: int
    finish: str


class CoderServer:
    """Serves on a free port of this machine while it is entered.

    Args:
        task: the task of models whose id names none; by default the prompt tells.
        seed: the seed of those models.
        port: where to listen; 0 is any free port.

    Attributes:
        url: its address, with `/v1`.
        requests: completions asked for; `tokens` those of prompts and completions without tools, by model id.
    """

    def __init__(self, task: str | None = None, seed: int = 0, port: int = 0) -> None:
        self._task, self._seed, self._port = task, seed, port
        self._numbers = itertools.count(1)
        self._seen: dict[str, int] = {}
        self._rests: dict[str, str] = {}
        self.requests = 0
        self.tokens: dict[str, int] = {}
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        listening = socket.create_server(("127.0.0.1", self._port))
        await web.SockSite(self._runner, listening).start()
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.Response:
        listed = [
            {"id": size, "object": "model", "created": 0, "owned_by": "imperfect", "max_model_len": _CONTEXT}
            for size in (*PROFILES, *_MINDS)
        ]
        return web.json_response({"object": "list", "data": listed})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        try:
            body: dict[str, Any] = msgspec.json.decode(await request.read())
            mind = self._mind(str(body["model"]))
            prompt = "\n\n".join(_text(m.get("content")) for m in body["messages"])
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            return _refusal(400, f"the request is not understood: {error}")
        if mind is None:
            return _refusal(404, f"the model {body['model']!r} is not served; there are {', '.join(PROFILES)}")
        if body.get("tools") or body.get("functions"):
            return self._called(body, prompt)
        seed = body.get("seed")
        if seed is None:  # as a sampler without a seed: the same prompt gets another answer the next time
            key = hashlib.sha256(f"{body['model']}{prompt}".encode()).hexdigest()
            seed = self._seen[key] = self._seen.get(key, -1) + 1
        limit = int(body.get("max_completion_tokens") or body.get("max_tokens") or _LIMIT)
        schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        pieces = [self._piece(mind, prompt, int(seed) + i, limit, schema) for i in range(int(body.get("n") or 1))]
        usage = _usage(prompt_tokens(len(prompt)), pieces)
        self.tokens[body["model"]] = self.tokens.get(body["model"], 0) + usage["total_tokens"]
        head = {"id": f"chatcmpl-{next(self._numbers)}", "created": int(time.time()), "model": body["model"]}
        if not body.get("stream"):
            return web.json_response(_whole(head, pieces, usage))
        return await _streamed(request, body, head, pieces, usage)

    def _mind(self, model: str) -> Mind | None:
        size, task, seed, heed = (*model.split("@"), "", "", "")[:4]
        if size not in PROFILES or (task and task not in BANKS):
            return None
        return Mind(size, task or self._task, int(seed) if seed else self._seed, float(heed or 0.0))

    def _piece(self, mind: Mind, prompt: str, seed: int, limit: int, schema: dict[str, Any] | None) -> _Piece:
        """Draw a choice and cut it at the limit of tokens."""
        _, asked_on, tail = prompt.rpartition("# The rest of your answer")
        rest = self._rest(tail) if asked_on else None
        drawn = Reply("", rest, 0) if rest is not None else reply(mind, prompt, seed, schema)
        answer_tokens = prompt_tokens(len(drawn.answer)) if drawn.answer else 0
        if drawn.endless or drawn.thinking_tokens >= limit:
            reasoning, content = _worded(mind.size, drawn.thinking, None)
            return _Piece(reasoning, content, limit, limit, "length")
        reasoning, content = _worded(mind.size, drawn.thinking, drawn.answer)
        tokens = drawn.thinking_tokens + answer_tokens
        if tokens <= limit:
            return _Piece(reasoning, content, drawn.thinking_tokens, tokens, "stop")
        kept = max(0, len(content) - 4 * (tokens - limit))
        cut, left = content[:kept], content[kept:]
        if cut:
            self._rests[cut[-_REST_KEY:]] = left
        return _Piece(reasoning, cut, drawn.thinking_tokens, limit, "length")

    def _rest(self, tail: str) -> str | None:
        """Return what comes after an answer whose end is quoted; of several that fit, the one that ends last."""
        fitting = [(at + len(cut), cut) for cut in self._rests if (at := tail.rfind(cut)) >= 0]
        return self._rests[max(fitting)[1]] if fitting else None

    def _called(self, body: dict[str, Any], prompt: str) -> web.Response:
        tool = body["tools"][0]["function"] if body.get("tools") else body["functions"][0]
        arguments = msgspec.json.encode(review_call(prompt, tool.get("parameters") or {})).decode()
        call: dict[str, Any] = {"id": f"call_{next(self._numbers)}", "type": "function"}
        call |= {"function": {"name": tool["name"], "arguments": arguments}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        piece = _Piece("", "", 0, prompt_tokens(len(arguments)), "tool_calls")
        head = {"id": f"chatcmpl-{next(self._numbers)}", "created": int(time.time()), "model": body["model"]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        usage = _usage(prompt_tokens(len(prompt)), [piece])
        return web.json_response(head | {"object": "chat.completion", "choices": [choice], "usage": usage})


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def _worded(size: str, thinking: str, answer: str | None) -> tuple[str, str]:
    """Return reasoning and content as this size's server tells them; no answer means that thinking did not end."""
    if size not in (*_WITH_TAGS, *_WITHOUT_OPENING_TAG) or not thinking:
        return thinking, answer or ""
    opened = f"<think>\n{thinking}" if size in _WITH_TAGS else thinking
    return "", opened if answer is None else f"{opened}\n</think>\n\n{answer}"


def _usage(prompt: int, pieces: list[_Piece]) -> dict[str, Any]:
    tokens = sum(p.tokens for p in pieces)
    details = {"reasoning_tokens": sum(p.reasoning_tokens for p in pieces)}
    return {
        "prompt_tokens": prompt,
        "completion_tokens": tokens,
        "total_tokens": prompt + tokens,
        "completion_tokens_details": details,
    }


def _whole(head: dict[str, Any], pieces: list[_Piece], usage: dict[str, Any]) -> dict[str, Any]:
    choices = []
    for i, piece in enumerate(pieces):
        message = {"role": "assistant", "content": piece.content}
        if piece.reasoning:
            message["reasoning_content"] = piece.reasoning
        choices.append({"index": i, "message": message, "finish_reason": piece.finish})
    return head | {"object": "chat.completion", "choices": choices, "usage": usage}


async def _streamed(
    request: web.Request, body: dict[str, Any], head: dict[str, Any], pieces: list[_Piece], usage: dict[str, Any]
) -> web.StreamResponse:
    options = body.get("stream_options") or {}
    running = bool(options.get("continuous_usage_stats"))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    chunk = head | {"object": "chat.completion.chunk"}
    for i, piece in enumerate(pieces):
        deltas: list[tuple[dict[str, str], int]] = [({"role": "assistant", "content": ""}, 0)]
        unended = not piece.reasoning and piece.finish == "length" and piece.reasoning_tokens == piece.tokens
        if piece.reasoning or unended:
            field, text = ("content", piece.content) if unended else ("reasoning_content", piece.reasoning)
            deltas += [({field: part}, tokens) for part, tokens in _growing(text, piece.reasoning_tokens)]
        if piece.content and not unended:
            half = len(piece.content) // 2
            deltas.append(({"content": piece.content[:half]}, (piece.reasoning_tokens + piece.tokens) // 2))
            deltas.append(({"content": piece.content[half:]}, piece.tokens))
        for delta, so_far in deltas:
            choice = {"index": i, "delta": delta, "finish_reason": None}
            told = running or so_far > _LONG
            more = {"usage": {"prompt_tokens": usage["prompt_tokens"], "completion_tokens": so_far}} if told else {}
            await response.write(_event(chunk | {"choices": [choice]} | more))
        last = {"index": i, "delta": {}, "finish_reason": piece.finish}
        await response.write(_event(chunk | {"choices": [last]}))
    if options.get("include_usage", True):
        await response.write(_event(chunk | {"choices": [], "usage": usage}))
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _growing(text: str, tokens: int) -> list[tuple[str, int]]:
    """Return a thinking as it comes: pieces, each with the tokens so far, so that who counts can end one that is long.

    The text is a token of its words, not all of them: a long thinking says it again and again.
    """
    if tokens <= _LONG:
        half = len(text) // 2
        return [(text[:half], tokens // 2), (text[half:], tokens)]
    return [(text if so_far == _LONG else "...", min(so_far, tokens)) for so_far in range(_LONG, tokens + _LONG, _LONG)]


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)


async def serve(task: str | None, seed: int, port: int) -> None:
    """Serve until it is interrupted."""
    async with CoderServer(task, seed, port) as server:
        print(f"serving {', '.join(PROFILES)} at {server.url}", flush=True)
        await asyncio.Event().wait()
