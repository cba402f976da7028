"""The chunks of streamed completions, folded into deltas and token counts. Bytes in, no connection here."""

from __future__ import annotations

import msgspec

from tui_aide.models.chat import Delta, Rethought
from tui_aide.models.sse import EndlessEventError, EventDecoder
from tui_aide.models.thinking import Kind, ThinkingSplitter
from tui_aide.tree.node import Tokens


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct, gc=False):
    index: int = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    completion_tokens_details: _Details | None = None
    prompt_tokens_details: _Details | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: msgspec.Raw = msgspec.Raw()


_decoder = msgspec.json.Decoder(_Chunk)


class BrokenStreamError(Exception):
    """The stream holds an error of the server's, or what is no chunk of a completion."""


class RefusedInStreamError(Exception):
    """The server refuses the request, but says so only inside a stream; `status` is what it should have answered."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(error_message(body))
        self.status = status
        self.body = body


class _Error(msgspec.Struct):
    code: int | str | None = None


class _Refusal(msgspec.Struct):
    error: _Error


class ChoiceCount:
    """What is known of one choice: deltas and tokens by kind so far, and its finish reason, None while it goes on."""

    def __init__(self, splitter: ThinkingSplitter | None) -> None:
        self.reasoning = 0
        self.answer = 0
        self.reason: str | None = None
        self.told: int | None = None
        self.splitter = splitter

    def count(self, kind: Kind, tokens: int) -> None:
        """Count tokens of a kind."""
        if kind == "reasoning":
            self.reasoning += tokens
        else:
            self.answer += tokens

    def split(self, total: int) -> tuple[int, int]:
        """Return a total as reasoning and answer, in the proportion of what was counted."""
        seen = self.reasoning + self.answer
        reasoning = round(total * self.reasoning / seen) if seen else 0
        return reasoning, total - reasoning


class CompletionReader:
    """Reads one streamed completion of one or several choices.

    Args:
        thinking: the model starts inside its thinking, and the server leaves the closing tag in the text.
        raw: the text is passed on as it is, all of it as answer: it continues an answer.

    Attributes:
        done: `[DONE]` or an error has been read; nothing of interest comes after it, and `check` tells which.
        choices: what is known of each choice, by its index.
        field: where the server puts reasoning: "reasoning", "reasoning_content" or "" if it has not been seen.
        prompt: tokens of the prompt, and `cached` those of them that the server had cached; 0 until it tells.
    """

    def __init__(self, thinking: bool = False, *, raw: bool = False) -> None:
        self.done = False
        self.choices: dict[int, ChoiceCount] = {}
        self.field = ""
        self.prompt = 0
        self.cached = 0
        self._events = EventDecoder()
        self._thinking = thinking
        self._raw = raw
        self._whole = False
        self._broken: str | None = None
        self._refusal: RefusedInStreamError | None = None
        self._usage: _Usage | None = None

    def feed(self, data: bytes) -> list[Delta | Rethought]:
        """Return what the bytes hold, neighbouring deltas of one choice and kind joined.

        An empty piece says that the next one is the whole body, of a server that does not stream.
        """
        out: list[Delta | Rethought] = []
        open_run: dict[int, tuple[Kind, list[str], int]] = {}
        if not data:
            self._whole = True
            return out
        try:
            events = [data] if self._whole else self._events.feed(data)
        except EndlessEventError as error:
            self._break(f"the stream holds {error}")
            return out
        for event in events:
            if self.done:
                break
            if event == b"[DONE]":
                self.done = True
            else:
                self._chunk(event, open_run, out)
        for index, run in open_run.items():
            out.append(_delta(index, run))
        self.done = self.done or self._whole
        return out

    def _chunk(
        self, event: bytes, open_run: dict[int, tuple[Kind, list[str], int]], out: list[Delta | Rethought]
    ) -> None:
        try:
            chunk = _decoder.decode(event)
        except msgspec.DecodeError as error:
            self._break(f"the stream holds what is no completion chunk ({error})")
            return
        if chunk.error and bytes(chunk.error) != b"null":
            self._refusal = _refusal(event)
            self._break(error_message(event))
            return
        usage = chunk.usage
        if usage is not None:
            self._usage = usage
            self.prompt = usage.prompt_tokens
            if usage.prompt_tokens_details is not None:
                self.cached = usage.prompt_tokens_details.cached_tokens or 0
        for choice in chunk.choices:
            known = self.choices.get(choice.index)
            if known is None:
                splitter = None if self._raw else ThinkingSplitter(self._thinking)
                known = self.choices[choice.index] = ChoiceCount(splitter)
            if choice.finish_reason is not None:
                known.reason = choice.finish_reason
            tokens = 1
            if usage is not None and usage.completion_tokens is not None and len(chunk.choices) == 1:
                tokens, known.told = usage.completion_tokens - (known.told or 0), usage.completion_tokens
            delta = choice.delta or choice.message
            content = choice.text
            if delta is not None:
                content = delta.content
                reasoning = delta.reasoning
                if reasoning is None:
                    reasoning = delta.reasoning_content
                if reasoning:
                    self.field = "reasoning" if delta.reasoning else "reasoning_content"
                    known.splitter = None  # the server tells them apart, so tags in the content are just text
                    _add(choice.index, known, "reasoning", reasoning, tokens, open_run, out)
                    tokens = 0
            if not content:
                continue
            if known.splitter is None:
                _add(choice.index, known, "answer", content, tokens, open_run, out)
            else:
                self._split(choice.index, known, known.splitter.feed(content), tokens, open_run, out)

    def _split(
        self,
        index: int,
        known: ChoiceCount,
        pieces: list[tuple[Kind, str]],
        tokens: int,
        open_run: dict[int, tuple[Kind, list[str], int]],
        out: list[Delta | Rethought],
    ) -> None:
        if known.splitter is not None and known.splitter.late:
            known.splitter.late = False
            if (run := open_run.pop(index, None)) is not None:
                out.append(_delta(index, run))
            out.append(Rethought(index))
            known.reasoning, known.answer = known.reasoning + known.answer, 0
        if not pieces:
            known.count("answer" if known.answer else "reasoning" if known.reasoning else "answer", tokens)
        for kind, text in pieces:
            _add(index, known, kind, text, tokens, open_run, out)
            tokens = 0

    def flush(self) -> list[Delta | Rethought]:
        """Return text that was held back as the possible beginning of a tag, once no more bytes come."""
        open_run: dict[int, tuple[Kind, list[str], int]] = {}
        out: list[Delta | Rethought] = []
        for index, known in self.choices.items():
            if known.splitter is not None:
                self._split(index, known, known.splitter.flush(), 0, open_run, out)
        return [*out, *(_delta(index, run) for index, run in open_run.items())]

    def _break(self, message: str) -> None:
        self.done, self._broken = True, message

    def check(self) -> None:
        """See that the stream ended in order.

        Raises:
            RefusedInStreamError: the server refuses the request.
            BrokenStreamError: it held an error, ended too early, or the server broke it off.
        """
        if self._refusal is not None:
            raise self._refusal
        if self._broken is not None:
            raise BrokenStreamError(self._broken)
        if not self.choices or any(c.reason is None for c in self.choices.values()):
            raise BrokenStreamError("the stream ended in the middle of the answer")
        if any(c.reason == "abort" for c in self.choices.values()):
            raise BrokenStreamError("the server broke the answer off; it may be shutting down")

    def tokens(self, index: int) -> Tokens:
        """Return a choice's tokens without its prompt's, exact where the server counts them.

        Where the server does not count reasoning apart, a total is split as the deltas are.
        """
        known = self.choices[index]
        usage, alone = self._usage, len(self.choices) == 1
        total = known.told
        if alone and usage is not None and usage.completion_tokens is not None:
            total = usage.completion_tokens
            details = usage.completion_tokens_details
            if details is not None and details.reasoning_tokens:
                return Tokens(0, details.reasoning_tokens, total - details.reasoning_tokens)
        reasoning, answer = known.split(known.reasoning + known.answer if total is None else total)
        return Tokens(0, reasoning, answer)

    @property
    def counted(self) -> bool:
        """Whether the server told any count of tokens."""
        return self._usage is not None


def _add(
    index: int,
    known: ChoiceCount,
    kind: Kind,
    text: str,
    tokens: int,
    open_run: dict[int, tuple[Kind, list[str], int]],
    out: list[Delta | Rethought],
) -> None:
    if kind == "reasoning":
        known.reasoning += tokens
    else:
        known.answer += tokens
    run = open_run.get(index)
    if run is not None and run[0] == kind:
        run[1].append(text)
        open_run[index] = (kind, run[1], run[2] + tokens)
        return
    if run is not None:
        out.append(_delta(index, run))
    open_run[index] = (kind, [text], tokens)


def _delta(index: int, run: tuple[Kind, list[str], int]) -> Delta:
    return Delta(run[0], "".join(run[1]), run[2], index)


def _refusal(body: bytes) -> RefusedInStreamError | None:
    """Return the refusal that an error inside a stream is; None for one that a later attempt may mend."""
    try:
        code = msgspec.json.decode(body, type=_Refusal).error.code
    except msgspec.DecodeError:
        return None
    return RefusedInStreamError(code, body) if isinstance(code, int) and code in (400, 413, 422) else None


def error_message(body: bytes) -> str:
    """Return what a server's error says, on one line: every envelope that is in use, or the bare text."""
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = body.decode("utf-8", "replace")
    while isinstance(found, dict):
        found = next((found[key] for key in ("error", "message", "detail") if found.get(key)), str(found))
    words = " ".join(str(found).split())[:500]
    return "".join(c if c.isprintable() else " " for c in words) or "no reason given"
