"""What completions are asked with: the JSON that goes to the server."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.models.chat import ChatRequest, Message, Sampling
from tui_aide.models.facts import ServedModel, ServerFacts

_BYTES_PER_TOKEN = 2.5  # fewer than in prose: tables of numbers are dense in tokens
_SPECIAL = ("<think>", "</think>", "<｜", "<|")
_ANSWER_TOKENS = 8192
_LEAST_BUDGET = 256

OPTIONAL = frozenset(
    {
        "temperature",
        "top_p",
        "seed",
        "n",
        "max_tokens",
        "max_completion_tokens",
        "stream_options",
        "continuous_usage_stats",
        "thinking_token_budget",
        "response_format",
    }
)
"""Fields that a request may lack: one that a server refuses is left out from then on."""


def estimated_prompt(request: ChatRequest) -> int:
    """Return how many tokens the prompt has at most, as far as its bytes tell."""
    return int(sum(len(m.content.encode()) for m in request.messages) / _BYTES_PER_TOKEN)


def answer_reserve(max_tokens: int) -> int:
    """Return how many of a completion's tokens thinking must leave to the answer."""
    return min(_ANSWER_TOKENS, max_tokens // 4)


def thinking_budget(sampling: Sampling, room: int | None) -> int | None:
    """Return the tokens after which thinking is to be closed, None for no limit.

    Args:
        sampling: what was asked for.
        room: tokens that the context leaves beside the prompt, None where that is unknown.
    """
    limits = [n for n in (sampling.max_tokens, room) if n is not None]
    budget = sampling.thinking_budget
    if limits:
        most = min(limits)
        spared = max(1, most - answer_reserve(most))
        budget = spared if budget is None else min(budget, spared)
    return budget


def watched(sampling: Sampling, n: int) -> bool:
    """Whether the limit to thinking is kept here, by ending an overrun, and counts at the end are enough.

    Counts with every piece, and vLLM's own limit, cost the server something for every token, so they are asked for
    only where the user set a limit, which is then kept to the token, or where one of several completions could not be
    ended alone.
    """
    return n == 1 and sampling.thinking_budget is None


def request_body(
    request: ChatRequest,
    model: ServedModel,
    facts: ServerFacts,
    *,
    n: int = 1,
    seed: int = 0,
    without: frozenset[str] = frozenset(),
) -> bytes:
    """Return the JSON that asks the model for streamed completions.

    Args:
        request: what is asked for.
        model: whom it is asked of, by the server's own name.
        facts: what the server can do.
        n: how many completions.
        seed: the first one's seed.
        without: fields that this server refuses.
    """
    sampling = request.sampling
    exactly = not watched(sampling, n)
    counted = exactly and facts.exact_usage and "continuous_usage_stats" not in without
    body: dict[str, Any] = {
        "model": model.id,
        "messages": [{"role": m.role, "content": disarmed(m)} for m in request.messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": seed,
        "stream": True,
        "stream_options": {"include_usage": True} | ({"continuous_usage_stats": True} if counted else {}),
    }
    if n > 1:
        body["n"] = n
    prompt = estimated_prompt(request)
    room = None if model.max_model_len is None else model.max_model_len - prompt
    if sampling.max_tokens is not None and (room is None or sampling.max_tokens < room):
        # else left out: the server gives what its context holds
        body["max_completion_tokens" if facts.kind == "openai" else "max_tokens"] = sampling.max_tokens
    budget = thinking_budget(sampling, room)
    if (
        exactly
        and facts.thinking_budget
        and budget is not None
        and (budget >= _LEAST_BUDGET or sampling.thinking_budget)
    ):
        body["thinking_token_budget"] = budget
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": request.schema, "strict": True},
        }
    return msgspec.json.encode({key: value for key, value in body.items() if key not in without})


def disarmed(message: Message) -> str:
    """Return the text with a zero-width space in what the tokenizer would take for a control token.

    Data and output of scripts come from outside; the model's own turns stay as they were.
    """
    return message.content if message.role == "assistant" else disarm(message.content)


def disarm(text: str) -> str:
    """Return text from outside with a zero-width space in each control token."""
    for special in _SPECIAL:
        text = text.replace(special, special[0] + "\u200b" + special[1:])
    return text
