"""One request on its way through the engine: its choices side by side, streamed or gathered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence as Items
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from tests.vllm_double.asked import Asked
from tests.vllm_double.engine import Sequence
from tests.vllm_double.errors import DEAD, Refusal, json_response, told_in_stream
from tests.vllm_double.faults import ON_BODY
from tests.vllm_double.options import Options
from tests.vllm_double.pipe import BrokenOff, Pipe
from tests.vllm_double.planned import Planned, Token, delayed, grouped

if TYPE_CHECKING:
    from tests.vllm_double.server import Double


class Words(Protocol):
    """What a chat's and a raw completion's wording have in common."""

    def role(self, index: int) -> str: ...
    def tokens(self, index: int, tokens: Items[Token], sent: int, planned: Planned | None) -> str: ...
    def broken_off(self, index: int, tokens: Items[Token]) -> str: ...
    def last(self, usage: dict[str, Any], metrics: dict[str, Any] | None) -> str: ...
    def whole(self, choices: Items[tuple[Items[Token], str, str | int | None]], usage: Any, metrics: Any) -> Any: ...


class _EngineDied(Exception):
    pass


class Choice:
    """One choice: what it will say, in which chunks, and its place in the engine."""

    def __init__(
        self, index: int, planned: Planned, prompt: list[int], asked: Asked, now: float, options: Options
    ) -> None:
        self.index = index
        self.planned = planned
        self.tokens = delayed(planned.tokens, options, asked.seed + index)
        self.ends = grouped(self.tokens, options, asked.seed + index)
        self.sequence = Sequence(prompt, asked.priority, now)
        self.finish = "abort"
        self._chunks = 0
        self._at = 0

    def due(self, ready: int, words: Words) -> str:
        """Return the chunks that are complete once `ready` tokens are there."""
        out = []
        total = len(self.tokens)
        while self._chunks < len(self.ends) and self.ends[self._chunks] <= ready:
            end = self.ends[self._chunks]
            last = self.planned if end == total else None
            out.append(words.tokens(self.index, self.tokens[self._at : end], end, last))
            self._at, self._chunks = end, self._chunks + 1
        return "".join(out)


class Run:
    """Answers one request.

    Args:
        double: with the engine.
        request: what is answered.
        asked: what it asks for.
        choices: what is said.
        words: how it is said.
    """

    def __init__(
        self, double: Double, request: web.Request, asked: Asked, choices: Items[Choice], words: Words
    ) -> None:
        self._double = double
        self._engine = double.engine
        self._options = double.options
        self._asked = asked
        self._choices = choices
        self._words = words
        self._request = request
        fault = double.faulty.get(id(request))
        self._on_body = fault if fault and (fault.name in ON_BODY or fault.name.startswith("stall")) else None
        self._on_tokens = fault if fault and fault.name in ("abort", "engine-error") else None
        self._begun = False
        self._pipe: Pipe | None = None

    async def answer(self) -> web.StreamResponse:
        """Answer, and give the engine's places back whatever happens."""
        return await (self._stream() if self._asked.stream else self._gather())

    async def _stream(self) -> web.StreamResponse:
        pipe = Pipe(
            self._request, self._on_body, "text/event-stream; charset=utf-8", keep_alive=self._options.keep_alive
        )
        self._pipe = pipe
        try:
            await pipe.open()
            await self._all()
            if self._asked.usage and self._double.kind.usage:
                await pipe.write(self._words.last(self._usage(False), self._metrics({})).encode())
            await pipe.write(b"data: [DONE]\n\n")
            await pipe.close()
        except _EngineDied:
            await pipe.write(told_in_stream(DEAD))
            await pipe.close()
        except (BrokenOff, ConnectionError):
            pass
        finally:
            pipe.drop()
        return pipe.response

    async def _gather(self) -> web.StreamResponse:
        try:
            await self._all()
        except _EngineDied as error:
            raise Refusal(500, DEAD) from error
        except ConnectionError:
            pass
        told = [(c.tokens[: c.sequence.sent], c.finish, c.planned.stop_reason) for c in self._choices]
        whole = json_response(self._words.whole(told, self._usage(True), self._metrics({"speculative_decoding": None})))
        if self._on_body is None:
            return whole
        body = whole.body if isinstance(whole.body, bytes) else b""
        pipe = Pipe(self._request, self._on_body, "application/json", len(body))
        try:
            await pipe.open()
            await pipe.write(body)
            await pipe.close()
        except (BrokenOff, ConnectionError):
            pass
        return pipe.response

    async def _all(self) -> None:
        if len(self._choices) == 1:
            await self._one(self._choices[0])
            return
        tasks = [asyncio.create_task(self._one(choice)) for choice in self._choices]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, choice: Choice) -> None:
        sequence, fault = choice.sequence, self._on_tokens
        total = len(choice.tokens) if fault is None else min(fault.after, len(choice.tokens))
        batch = self._options.batch if len(self._choices) == 1 else 4
        async with self._engine.admitted(sequence):
            async for ready in self._engine.steps(sequence, total, batch):
                await self._send(choice.due(ready, self._words))
            if fault is not None:
                sequence.ended = "abort" if fault.name == "abort" else "error"
            if sequence.ended == "error":
                raise _EngineDied
            if sequence.ended == "abort":
                await self._send(self._words.broken_off(choice.index, choice.tokens[: sequence.sent]))
                self._engine.counters.finished["abort"].value += 1
                return
            choice.finish = choice.planned.finish
            self._engine.finish(sequence, choice.finish, self._asked.max_tokens)

    async def _send(self, text: str) -> None:
        if self._pipe is None:
            return
        if not self._begun:
            self._begun = True
            text = "".join(self._words.role(choice.index) for choice in self._choices) + text
        if text:
            await self._pipe.write(text.encode())

    def _usage(self, whole: bool) -> dict[str, Any]:
        prompt = len(self._choices[0].sequence.prompt)
        sent = sum(choice.sequence.sent for choice in self._choices)
        usage: dict[str, Any] = {
            "prompt_tokens": prompt,
            "total_tokens": prompt + sent,
            "completion_tokens": sent,
        }
        if self._options.prompt_details:
            cached = self._choices[0].sequence.cached
            made = prompt // self._options.block_size * self._options.block_size - cached
            details: dict[str, Any] = {"cached_tokens": cached, "created_cache_tokens": max(0, made)}
            usage["prompt_tokens_details"] = details | ({"multimodal_tokens": None} if whole else {})
        elif whole:
            usage["prompt_tokens_details"] = None
        reasoned = 0
        if self._double.kind.hides_thinking:
            reasoned = sum(token.part == "reasoning" for choice in self._choices for token in choice.tokens)
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoned}
        return usage

    def _metrics(self, more: dict[str, Any]) -> dict[str, Any] | None:
        if not self._options.request_metrics or len(self._choices) > 1:
            return None
        sequence = self._choices[0].sequence
        decode = sequence.last - sequence.first
        gaps = max(1, sequence.sent - 1)
        return {
            "time_to_first_token_ms": 1000 * (sequence.first - sequence.arrived),
            "generation_time_ms": 1000 * decode,
            "queue_time_ms": 1000 * (sequence.admitted - sequence.arrived),
            "mean_itl_ms": 1000 * decode / gaps,
            "tokens_per_second": sequence.sent / decode if decode else 0.0,
            **more,
        }
