"""A completion request, read and checked in the order in which vLLM checks it."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from aiohttp import web

from tests.vllm_double.errors import Refusal, bad_request, invalid, no_model, refusal
from tests.vllm_double.options import Options
from tests.vllm_double.schema import Grammar, grammar

_MOST_LOGPROBS = 20


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks of the engine; limits are in tokens."""

    n: int
    seed: int
    max_tokens: int
    stream: bool
    usage: bool
    usage_always: bool
    stop: tuple[str, ...]
    stop_ids: frozenset[int]
    min_tokens: int
    ignore_eos: bool
    thinking_budget: int | None
    grammar: Grammar | None
    priority: int
    token_ids: bool
    reasoning: bool
    request_id: str


async def decoded(request: web.Request) -> dict[str, Any]:
    """Return the body of a request.

    Raises:
        Refusal: it is no JSON object, or not said to be one.
    """
    raw = await request.read()
    if request.content_type != "application/json":
        told = "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed"
        raise refusal(400, told, "Bad Request")
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        place = f"body.{len(raw)}"
        more = ", 'ctx': {'error': 'Expecting value'}"
        raise invalid("json_invalid", place, "JSON decode error", "<dict of 0 items>", more) from error
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        raise invalid("model_attributes_type", "body", message, f"<list of {len(body)} items>")
    return body


def required(body: dict[str, Any], field: str) -> Any:
    """Return a field that must be there.

    Raises:
        Refusal: it is not.
    """
    if body.get(field) is None:
        raise invalid("missing", f"body.{field}", "Field required", f"<dict of {len(body)} items>")
    return body[field]


def chat_messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a chat's messages.

    Raises:
        Refusal: there are none, or they are no list.
    """
    found = required(body, "messages")
    if not isinstance(found, list):
        raise invalid("list_type", "body.messages", "Input should be a valid list", str(found))
    return found


def check_model(body: dict[str, Any], served: str | None, shown: str) -> None:
    """Refuse a model that is not served; a request without one gets whatever is."""
    if body.get("model") is not None and body["model"] != served:
        raise no_model(str(body["model"]), shown)


def read(body: dict[str, Any], options: Options, request_id: str, takes_n: bool) -> Asked:
    """Return what a request asks for.

    Raises:
        Refusal: a value is out of its range.
    """
    for field in ("max_tokens", "max_completion_tokens", "seed", "n"):
        if isinstance(body.get(field), str):
            message = "Input should be a valid integer, unable to parse string as an integer"
            raise invalid("int_parsing", f"body.{field}", message, body[field])
    n = body.get("n", 1) if takes_n else 1
    temperature, top_p = body.get("temperature", 0.6), body.get("top_p", 0.95)
    if n is not None and n < 1:
        raise bad_request(f"n must be at least 1, got {n}.")
    if temperature is not None and temperature < 0:
        raise _out_of_range("temperature", f"temperature must be non-negative, got {float(temperature)}.", temperature)
    if top_p is not None and not 0 < top_p <= 1:
        raise _out_of_range("top_p", f"top_p must be in (0, 1], got {float(top_p)}.", top_p)
    n = n or 1
    if (body.get("top_logprobs") or 0) > _MOST_LOGPROBS:
        asked = body["top_logprobs"]
        told = f"Requested sample logprobs of {asked}, which is greater than max allowed: {_MOST_LOGPROBS}"
        raise bad_request(f"{told} (parameter=logprobs, value={asked})", "logprobs", late=True)
    if temperature == 0 and n > 1:
        raise bad_request(f"n must be 1 when using greedy sampling, got {n}.")
    if body.get("stream_options") and not body.get("stream"):
        message = "Stream options can only be defined when `stream=True`. (parameter=stream_options)"
        raise bad_request(message, "stream_options")
    longest = body.get("max_completion_tokens", body.get("max_tokens"))
    if longest is not None and longest < 1:
        message = f"max_tokens must be at least 1, got {longest}. (parameter=max_tokens, value={longest})"
        raise bad_request(message, "max_tokens")
    if longest is not None and longest > options.max_model_len:
        raise bad_request(
            f"max_tokens={longest} cannot be greater than max_model_len={options.max_model_len}. Please request fewer"
            f" output tokens. (parameter=max_tokens, value={longest})",
            "max_tokens",
        )
    if longest is not None and (body.get("min_tokens") or 0) > longest:
        least = body["min_tokens"]
        raise bad_request(f"min_tokens must be less than or equal to max_tokens={longest}, got {least}.")
    seed = body.get("seed")
    stop = body.get("stop") or ()
    streaming = body.get("stream_options") or {}
    usage = bool(streaming.get("include_usage")) or options.force_usage
    return Asked(
        n=n,
        seed=seed if seed is not None else 0 if temperature == 0 else random.getrandbits(31),
        max_tokens=longest or options.max_model_len,
        stream=bool(body.get("stream")),
        usage=usage,
        usage_always=options.force_usage or (usage and bool(streaming.get("continuous_usage_stats"))),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        stop_ids=frozenset(body.get("stop_token_ids") or ()),
        min_tokens=body.get("min_tokens") or 0,
        ignore_eos=bool(body.get("ignore_eos")),
        thinking_budget=body.get("thinking_token_budget"),
        grammar=grammar(body),
        priority=int(body.get("priority") or 0) if options.priority else 0,
        token_ids=bool(body.get("return_token_ids")),
        reasoning=body.get("include_reasoning", True) is not False,
        request_id=request_id,
    )


def _out_of_range(field: str, message: str, value: float) -> Refusal:
    return bad_request(f"{message} (parameter={field}, value={float(value)})", field)
