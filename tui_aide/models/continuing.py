"""Going on where a completion was cut: its thinking is closed and the answer asked for, or the answer is continued."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models.chat import ChatRequest, Message
from tui_aide.models.connection import ServerConnection
from tui_aide.models.facts import ServedModel, ServerFacts
from tui_aide.models.request_body import disarm, disarmed, request_body

_NOTES = 12_000
_TAIL = 2_000
_OPEN, _CLOSE = "<think>", "\n</think>\n\n"


class Cut(msgspec.Struct, frozen=True):
    """A completion that was cut: what it thought and answered so far; an empty answer was cut in its thinking."""

    reasoning: str
    answer: str


class Continuation(msgspec.Struct, frozen=True):
    """How the rest is asked for: path below `/v1`, JSON, and whether all of its text is answer."""

    path: str
    body: bytes
    raw: bool


class _Tokens(msgspec.Struct):
    tokens: list[int]
    token_strs: list[str] | None = None


async def continuation(
    connection: ServerConnection,
    model: ServedModel,
    facts: ServerFacts,
    request: ChatRequest,
    cut: Cut,
    *,
    seed: int,
    max_tokens: int,
    without: frozenset[str] = frozenset(),
) -> Continuation:
    """Return the request that makes the model go on.

    A server that tokenizes is given the very tokens of prompt, thinking, its end and the answer so far, so that the
    model goes on in the middle of its turn. Any other is told in a new turn what it had thought, or how its answer
    ended, and asked for the rest.

    Raises:
        TransientError: the server does not answer.
        ModelError: the server refuses.
    """
    if facts.tokenize:
        prompt = await _tokens_so_far(connection, model, request, cut)
        if prompt is not None:
            return Continuation("completions", _raw_body(prompt, model, request, seed, max_tokens, without), raw=True)
    messages = (*request.messages[:-1], Message("user", request.messages[-1].content + _plea(cut)))
    sampling = msgspec.structs.replace(request.sampling, max_tokens=max_tokens, n=1)
    asked = msgspec.structs.replace(request, messages=messages, sampling=sampling)
    return Continuation("chat/completions", request_body(asked, model, facts, seed=seed, without=without), raw=False)


async def thinking_on(
    connection: ServerConnection,
    model: ServedModel,
    facts: ServerFacts,
    request: ChatRequest,
    *,
    seed: int,
    max_tokens: int,
    without: frozenset[str] = frozenset(),
) -> Continuation:
    """Return the request that makes the model think on from `request.thought` (s1: Muennighoff et al., 2025).

    A server that tokenizes goes on in the middle of the thinking itself, any other is told what was thought so far.

    Raises:
        TransientError: the server does not answer.
        ModelError: the server refuses.
    """
    sampling = msgspec.structs.replace(request.sampling, max_tokens=max_tokens, n=1)
    if facts.tokenize:
        prompt = await _tokens_so_far(connection, model, request, Cut(request.thought, ""), closed=False)
        if prompt is not None:
            if model.max_model_len is not None:
                max_tokens = max(1, min(max_tokens, model.max_model_len - len(prompt)))
            return Continuation("completions", _raw_body(prompt, model, request, seed, max_tokens, without), raw=True)
    last = request.messages[-1]
    plea = (
        "\n\n# Your thinking so far\n\n"
        f"{disarm(request.thought[-_NOTES:].strip())}\n\nThink on from there; then give the whole answer."
    )
    messages = (*request.messages[:-1], Message(last.role, last.content + plea))
    asked = msgspec.structs.replace(request, messages=messages, sampling=sampling)
    return Continuation("chat/completions", request_body(asked, model, facts, seed=seed, without=without), raw=False)


def _raw_body(
    prompt: list[int], model: ServedModel, request: ChatRequest, seed: int, max_tokens: int, without: frozenset[str]
) -> bytes:
    """Return the body of a completion that goes on from tokens."""
    body: dict[str, Any] = {
        "model": model.id,
        "prompt": prompt,
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        "seed": seed,
        "max_tokens": max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True, "continuous_usage_stats": True},
    }
    return msgspec.json.encode({key: value for key, value in body.items() if key not in without})


def _plea(cut: Cut) -> str:
    if not cut.answer.strip():
        notes = disarm(cut.reasoning[-_NOTES:].strip())
        return (
            "\n\n# Your notes so far\n\nYou have thought about this for as long as there was time. Your notes:\n\n"
            f"{notes}\n\nThink no further: give the whole answer now, in the form that is asked for."
        )
    return (
        "\n\n# The rest of your answer\n\nYour answer was cut off. It ended with these characters:\n\n"
        f"{disarm(cut.answer[-_TAIL:])}\n\nGo on from exactly there, without repeating any of it and without a remark."
    )


async def _tokens_so_far(
    connection: ServerConnection, model: ServedModel, request: ChatRequest, cut: Cut, *, closed: bool = True
) -> list[int] | None:
    """Return the tokens up to the cut, its thinking `closed` or not; None where the server cannot tell them."""
    messages = [{"role": m.role, "content": disarmed(m)} for m in request.messages]
    asked = {"model": model.id, "messages": messages, "add_generation_prompt": True, "return_token_strs": True}
    prompt = await _tokenize(connection, asked)
    if prompt is None:
        return None
    begins = _OPEN in "".join((prompt.token_strs or [])[-4:])
    close = _CLOSE if closed else ""
    text = cut.reasoning + close if begins else f"{_OPEN}\n{cut.reasoning}{close}" if cut.reasoning else ""
    text += cut.answer.lstrip("\n") if text else cut.answer
    rest = await _tokenize(connection, {"model": model.id, "prompt": text, "add_special_tokens": False})
    return None if rest is None else prompt.tokens + rest.tokens


async def _tokenize(connection: ServerConnection, body: dict[str, Any]) -> _Tokens | None:
    answer = await connection.post("tokenize", msgspec.json.encode(body), root=True)
    if answer.status in (404, 405, 501):
        return None
    if answer.status != 200:
        raise connection.refused(answer.status, answer.body)
    try:
        return msgspec.json.decode(answer.body, type=_Tokens)
    except msgspec.DecodeError as error:
        raise ModelError(f"{connection}: what /tokenize answers are no tokens ({error})") from error
