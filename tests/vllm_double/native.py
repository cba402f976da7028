"""vLLM's own routes: health, version, load, metrics, tokenize and detokenize."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.vllm_double.asked import check_model, decoded, required
from tests.vllm_double.chat import chat_prompt
from tests.vllm_double.completions import raw_ids
from tests.vllm_double.errors import json_response, refusal
from tests.vllm_double.metrics import metrics
from tests.vllm_double.tokens import decode, encode

if TYPE_CHECKING:
    from tests.vllm_double.server import Double

_NEITHER = (
    "2 validation errors:\n  {'type': 'missing', 'loc': 'body.prompt', 'msg': 'Field required', 'input': '<dict of 0"
    " items>'}\n  {'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required', 'input': '<dict of 0 items>'}"
)
VERSION = "0.32.0"
_METRICS = "text/plain; version=1.0.0; charset=utf-8"


def native_routes(double: Double) -> list[web.RouteDef]:
    """Return the routes."""
    engine, options = double.engine, double.options

    async def health(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503 if engine.dead else 200)

    async def version(request: web.Request) -> web.StreamResponse:
        return json_response({"version": VERSION if options.kind == "vllm" else "0.10.2"})

    async def load(request: web.Request) -> web.StreamResponse:
        return json_response({"server_load": 0})  # it counts with --enable-server-load-tracking only

    async def told(request: web.Request) -> web.StreamResponse:
        return web.Response(body=metrics(engine, options).encode(), headers={"content-type": _METRICS})

    async def tokenize(request: web.Request) -> web.StreamResponse:
        body = await decoded(request)
        check_model(body, double.model, options.model)
        if not body.keys() & {"messages", "prompt"}:
            raise refusal(400, _NEITHER, "Bad Request", "body.prompt")
        if "messages" in body:
            ids = encode(chat_prompt(body).text)
        else:
            ids = raw_ids(required(body, "prompt"), bool(body.get("add_special_tokens", True)))
        texts = [decode([token]) for token in ids] if body.get("return_token_strs") else None
        answer = {"count": len(ids), "max_model_len": options.max_model_len, "tokens": ids, "token_strs": texts}
        return json_response(answer)

    async def detokenize(request: web.Request) -> web.StreamResponse:
        body = await decoded(request)
        check_model(body, double.model, options.model)
        return json_response({"prompt": decode(required(body, "tokens"))})

    return [
        web.get("/health", health),
        web.get("/ping", health),
        web.post("/ping", health),
        web.get("/version", version),
        web.get("/load", load),
        web.get("/metrics", told),
        web.post("/tokenize", tokenize),
        web.post("/detokenize", detokenize),
    ]
