"""The routes and refusals of servers other than vLLM."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.vllm_double.errors import Refusal, json_response, too_long
from tests.vllm_double.tokens import decode, encode

if TYPE_CHECKING:
    from tests.vllm_double.server import Double

_OPENAI_TAKES = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "messages",
        "metadata",
        "model",
        "n",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "top_logprobs",
        "top_p",
        "user",
    }
)


def listed(double: Double) -> list[dict[str, Any]]:
    """Return the models as this kind of server lists them."""
    name, kind, now = double.model, double.kind, int(time.time())
    if name is None:
        return []
    model: dict[str, Any] = {"id": name, "object": "model", "created": now, "owned_by": kind.owner}
    if kind.native:
        permission = {
            "id": "modelperm-0123456789abcdef",
            "object": "model_permission",
            "created": now,
            "allow_create_engine": False,
            "allow_sampling": True,
            "allow_logprobs": True,
            "allow_search_indices": False,
            "allow_view": True,
            "allow_fine_tuning": False,
            "organization": "*",
            "group": None,
            "is_blocking": False,
        }
        length = double.options.max_model_len
        model |= {"root": f"models/{name}", "parent": None, "max_model_len": length, "permission": [permission]}
    elif kind.length:
        model |= {"root": name, "max_model_len": double.options.max_model_len}
    elif double.options.kind == "llama.cpp":
        model |= {"meta": {"n_vocab": 151936, "n_ctx_train": 131072, "n_params": 7_615_616_512}}
    return [model]


def foreign_routes(double: Double) -> list[web.RouteDef]:
    """Return what this kind serves beside OpenAI's routes."""
    context = double.options.max_model_len

    async def ok(request: web.Request) -> web.StreamResponse:
        return json_response({"status": "ok"})

    async def empty(request: web.Request) -> web.StreamResponse:
        return web.Response()

    async def props(request: web.Request) -> web.StreamResponse:
        settings = {"n_ctx": context, "params": {"seed": 4294967295, "temperature": 0.8}}
        told = {"default_generation_settings": settings, "total_slots": double.options.max_num_seqs}
        return json_response(told | {"model_path": f"/models/{double.model}.gguf", "build_info": "b9100-0123abc"})

    async def tokenize(request: web.Request) -> web.StreamResponse:
        return json_response({"tokens": encode((await request.json()).get("content", ""))})

    async def detokenize(request: web.Request) -> web.StreamResponse:
        return json_response({"content": decode((await request.json()).get("tokens", []))})

    async def home(request: web.Request) -> web.StreamResponse:
        return web.Response(text="Ollama is running")

    async def version(request: web.Request) -> web.StreamResponse:
        return json_response({"version": "0.24.0"})

    async def tags(request: web.Request) -> web.StreamResponse:
        return json_response({"models": [{"name": double.model, "model": double.model, "size": 4_683_075_271}]})

    async def lmstudio(request: web.Request) -> web.StreamResponse:
        model = {"id": double.model, "object": "model", "type": "llm", "state": "loaded", "arch": "qwen2"}
        lengths = {"max_context_length": 131072, "loaded_context_length": context}
        return json_response({"object": "list", "data": [model | lengths]})

    async def about(request: web.Request) -> web.StreamResponse:
        return json_response({"model_path": double.model, "tokenizer_path": double.model, "is_generation": True})

    async def server_info(request: web.Request) -> web.StreamResponse:
        return json_response({"version": "0.5.9", "context_length": context, "reasoning_parser": "deepseek-r1"})

    return {
        "sglang": [
            web.get("/health", empty),
            web.get("/get_model_info", about),
            web.get("/get_server_info", server_info),
        ],
        "llama.cpp": [
            web.get("/health", ok),
            web.get("/props", props),
            web.post("/tokenize", tokenize),
            web.post("/detokenize", detokenize),
        ],
        "ollama": [web.get("/", home), web.get("/api/version", version), web.get("/api/tags", tags)],
        "lmstudio": [web.get("/api/v0/models", lmstudio)],
    }.get(double.options.kind, [])


LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}


def check_fields(kind: str, body: dict[str, Any]) -> None:
    """Refuse what OpenAI refuses; the others ignore fields that they do not know.

    Raises:
        Refusal: a field is unknown, or of an older interface.
    """
    if kind != "openai":
        return
    if "max_tokens" in body:
        raise _openai(
            "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        )
    unknown = sorted(set(body) - _OPENAI_TAKES)
    if unknown:
        raise _openai(f"Unrecognized request argument supplied: {unknown[0]}")
    options = sorted(set(body.get("stream_options") or {}) - {"include_usage", "include_obfuscation"})
    if options:
        name = f"stream_options.{options[0]}"
        raise _openai(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def wrong_key(kind: str) -> Refusal:
    """Return the refusal of a request without the right key."""
    if kind == "openai":
        return _openai("Incorrect API key provided.", code="invalid_api_key", status=401)
    return Refusal(401, {"error": "Unauthorized"})


def overflow(kind: str, limit: int, tokens: int) -> Refusal:
    """Return the refusal of a prompt that is too long, as this kind words it."""
    if kind == "openai":
        return _openai(
            f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens}"
            " tokens. Please reduce the length of the messages.",
            "messages",
            "context_length_exceeded",
        )
    if kind == "llama.cpp":
        told = f"request ({tokens} tokens) exceeds the available context size ({limit} tokens), try increasing it"
        error = {"code": 400, "message": told, "type": "exceed_context_size_error"}
        return Refusal(400, {"error": error | {"n_prompt_tokens": tokens, "n_ctx": limit}})
    return too_long(limit)


def _openai(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> Refusal:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Refusal(status, {"error": error})
