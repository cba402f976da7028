"""What a completion is asked with: the JSON that goes to the server, and what the server tells of its models."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.errors import ModelError
from tui_aide.models.chat import ChatRequest, Message

_BYTES_PER_TOKEN = 2.5  # fewer than in prose: tables of numbers are dense in tokens
_SPECIAL = ("<think>", "</think>", "<｜", "<|")


class ServedModel(msgspec.Struct):
    """A model as a server lists it; `max_model_len` are the tokens of prompt and answer together."""

    id: str
    owned_by: str = ""
    max_model_len: int | None = None


class _Models(msgspec.Struct):
    data: list[ServedModel] = []


def listed_models(body: bytes, url: str) -> list[ServedModel]:
    """Return the models in the answer of the server at `url`.

    Raises:
        ModelError: the answer is no list of models.
    """
    try:
        return msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError as error:
        raise ModelError(
            f"what {url}/models lists are no models ({error}): is this an OpenAI-compatible server?"
        ) from error


def request_body(request: ChatRequest, model: ServedModel) -> bytes:
    """Return the JSON that asks the model for a streamed completion."""
    sampling = request.sampling
    vllm = model.owned_by == "vllm"
    body: dict[str, Any] = {
        "model": model.id,
        "messages": [{"role": m.role, "content": _disarmed(m)} for m in request.messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stream": True,
        "stream_options": {"include_usage": True} | ({"continuous_usage_stats": True} if vllm else {}),
    }
    prompt = sum(len(m["content"].encode()) for m in body["messages"]) / _BYTES_PER_TOKEN
    fits = model.max_model_len is None or prompt + (sampling.max_tokens or 0) < model.max_model_len
    if sampling.max_tokens is not None and fits:
        body["max_tokens"] = sampling.max_tokens  # else left out: the server gives what its context holds
    return msgspec.json.encode(body)


def _disarmed(message: Message) -> str:
    """Return the text with a zero-width space in what the tokenizer would take for a control token.

    Data and output of scripts come from outside; the model's own turns stay as they were.
    """
    text = message.content
    if message.role != "assistant":
        for special in _SPECIAL:
            text = text.replace(special, special[0] + "\u200b" + special[1:])
    return text
