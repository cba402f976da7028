"""A completion request, read and checked in the order in which vLLM checks it."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from tests.vllm_double.errors import bad_request, invalid, no_model
from tests.vllm_double.options import Options
from tests.vllm_double.schema import Grammar, grammar


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


def decoded(raw: bytes) -> dict[str, Any]:
    """Return the body of a request.

    Raises:
        Refusal: it is no JSON object.
    """
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        place = f"body.{len(raw)}"
        more = ", 'ctx': {'error': 'Expecting value'}"
        raise invalid("json_invalid", place, "JSON decode error", "<dict of 0 items>", more) from error
    if not isinstance(body, dict):
        raise invalid("model_attributes_type", "body", "Input should be a valid dictionary", "<list>")
    return body


def required(body: dict[str, Any], field: str) -> Any:
    """Return a field that must be there.

    Raises:
        Refusal: it is not.
    """
    if body.get(field) is None:
        raise invalid("missing", f"body.{field}", "Field required", f"<dict of {len(body)} items>")
    return body[field]


def check_model(body: dict[str, Any], served: str | None, shown: str) -> None:
    """Refuse a model that is not served; a request without one gets whatever is."""
    if body.get("model") is not None and body["model"] != served:
        raise no_model(str(body["model"]), shown)


def read(body: dict[str, Any], options: Options, request_id: str, takes_n: bool) -> Asked:
    """Return what a request asks for.

    Raises:
        Refusal: a value is out of its range.
    """
    n = body.get("n") or 1 if takes_n or body.get("n") == 0 else 1
    temperature = body.get("temperature", 0.6)
    if takes_n and body.get("n") == 0:
        raise bad_request("n must be at least 1, got 0.")
    if temperature is not None and temperature < 0:
        message = f"temperature must be non-negative, got {float(temperature)}."
        raise bad_request(f"{message} (parameter=temperature, value={float(temperature)})", "temperature")
    if temperature == 0 and n > 1:
        raise bad_request(f"n must be 1 when using greedy sampling, got {n}.")
    longest = body.get("max_completion_tokens") or body.get("max_tokens")
    if longest is not None and longest < 1:
        raise bad_request(
            f"max_tokens must be at least 1, got {longest}. (parameter=max_tokens, value={longest})", "max_tokens"
        )
    if longest is not None and longest > options.max_model_len:
        raise bad_request(
            f"max_tokens={longest} cannot be greater than max_model_len={options.max_model_len}. Please request fewer"
            f" output tokens. (parameter=max_tokens, value={longest})",
            "max_tokens",
        )
    seed = body.get("seed")
    stop = body.get("stop") or ()
    told = body.get("stream_options") or {}
    usage = bool(told.get("include_usage")) or options.force_usage
    return Asked(
        n=n,
        seed=seed if seed is not None else 0 if temperature == 0 else random.getrandbits(31),
        max_tokens=longest or options.max_model_len,
        stream=bool(body.get("stream")),
        usage=usage,
        usage_always=options.force_usage or (usage and bool(told.get("continuous_usage_stats"))),
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
