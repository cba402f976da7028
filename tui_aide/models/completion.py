"""The chunks of a streamed chat completion, folded into deltas and token counts. Bytes in, no connection here."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.models.chat import Delta, Finish
from tui_aide.models.sse import EventDecoder
from tui_aide.models.thinking import Kind, ThinkingSplitter
from tui_aide.tree.node import Tokens


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    completion_tokens_details: _Details | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: msgspec.Raw = msgspec.Raw()


_REASONS: dict[str, Literal["stop", "length"]] = {"stop": "stop", "length": "length"}
_decoder = msgspec.json.Decoder(_Chunk)


class BrokenStreamError(Exception):
    """The stream holds an error of the server's, or what is no chunk of a completion."""


class CompletionReader:
    """Reads one streamed completion.

    Attributes:
        done: `[DONE]` or an error has been read; nothing of interest comes after it, and `end` tells which.
    """

    def __init__(self, thinking: bool = False) -> None:
        self.done = False
        self._events = EventDecoder()
        self._splitter: ThinkingSplitter | None = ThinkingSplitter(thinking)
        self._reason: str | None = None
        self._broken: str | None = None
        self._usage = _Usage()
        self._told = 0
        self._counts: dict[Kind, int] = {"reasoning": 0, "answer": 0}

    def feed(self, data: bytes) -> list[Delta]:
        """Return what the bytes hold, neighbouring deltas of one kind joined."""
        pieces: list[tuple[Kind, str, int]] = []
        for event in self._events.feed(data):
            if event == b"[DONE]":
                self.done = True
            elif event and not self.done:
                self._chunk(event, pieces)
        return self._joined(pieces)

    def _chunk(self, event: bytes, pieces: list[tuple[Kind, str, int]]) -> None:
        try:
            chunk = _decoder.decode(event)
        except msgspec.DecodeError as error:
            self._break(f"the stream holds what is no completion chunk ({error})")
            return
        if bytes(chunk.error) not in (b"", b"null"):
            self._break(error_message(event))
            return
        tokens = 1
        if chunk.usage is not None:
            self._usage = chunk.usage
            if chunk.usage.completion_tokens is not None and chunk.choices:
                tokens, self._told = chunk.usage.completion_tokens - self._told, chunk.usage.completion_tokens
        for choice in chunk.choices[:1]:
            self._reason = choice.finish_reason or self._reason
            reasoning = choice.delta.reasoning or choice.delta.reasoning_content
            if reasoning:
                self._splitter = None  # the server tells them apart, so tags in the content are just text
                pieces.append(("reasoning", reasoning, tokens))
                tokens = 0
            if content := choice.delta.content:
                split: list[tuple[Kind, str]] = [("answer", content)]
                if self._splitter:
                    split = self._splitter.feed(content)
                pieces += self._counted(split, tokens)

    def _break(self, message: str) -> None:
        self.done, self._broken = True, message

    @staticmethod
    def _counted(split: list[tuple[Kind, str]], tokens: int) -> list[tuple[Kind, str, int]]:
        return [(kind, text, tokens if number == 0 else 0) for number, (kind, text) in enumerate(split)]

    def _joined(self, pieces: list[tuple[Kind, str, int]]) -> list[Delta]:
        deltas: list[Delta] = []
        for kind, text, tokens in pieces:
            self._counts[kind] += tokens
            if deltas and deltas[-1].kind == kind:
                deltas[-1] = Delta(kind, deltas[-1].text + text, deltas[-1].tokens + tokens)
            else:
                deltas.append(Delta(kind, text, tokens))
        return deltas

    def end(self) -> list[Delta | Finish]:
        """Return the text that was held back and the finish, once no more bytes come.

        Raises:
            BrokenStreamError: the stream held an error, ended too early, or the server broke it off.
        """
        if self._broken is not None:
            raise BrokenStreamError(self._broken)
        if self._reason is None:
            raise BrokenStreamError("the stream ended in the middle of the answer")
        if self._reason == "abort":
            raise BrokenStreamError("the server broke the answer off; it may be shutting down")
        held = self._joined(self._counted(self._splitter.flush() if self._splitter else [], 0))
        return [*held, Finish(_REASONS.get(self._reason, "abort"), self.tokens)]

    @property
    def tokens(self) -> Tokens:
        """Tokens so far; where the server does not count reasoning apart, the total is split as the deltas are."""
        seen = sum(self._counts.values())
        total = self._usage.completion_tokens if self._usage.completion_tokens is not None else seen
        details = self._usage.completion_tokens_details
        reasoning = (details.reasoning_tokens if details else 0) or (
            round(total * self._counts["reasoning"] / seen) if seen else 0
        )
        return Tokens(self._usage.prompt_tokens, reasoning, total - reasoning)


def error_message(body: bytes) -> str:
    """Return what a server's error says, on one line: every envelope that is in use, or the bare text."""
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = body.decode("utf-8", "replace")
    while isinstance(found, dict):
        found = next((found[key] for key in ("error", "message", "detail") if found.get(key)), str(found))
    return " ".join(str(found).split())[:500] or "no reason given"
