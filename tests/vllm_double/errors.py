"""The double's refusals, in the words and the shape in which vLLM 0.32 gives them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from aiohttp import web

_JSON = {"content-type": "application/json"}


class Refusal(Exception):
    """A request that gets no completion; a `late` one is the engine's, so that a stream of it has begun already."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None, late: bool = False) -> None:
        super().__init__(status)
        self.late = late
        self.status = status
        self.body = body
        self.headers = headers or {}


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a response as FastAPI words it: compact, and without a charset."""
    return web.Response(body=msgspec.json.encode(body), status=status, headers=_JSON | (headers or {}))


def envelope(status: int, message: str, kind: str, param: str | None = None) -> dict[str, Any]:
    """Return an error as vLLM wraps it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}


def refusal(status: int, message: str, kind: str, param: str | None = None) -> Refusal:
    """Return a refusal with vLLM's envelope."""
    return Refusal(status, envelope(status, message, kind, param))


def bad_request(message: str, param: str | None = None, late: bool = False) -> Refusal:
    """Return a refusal of what the request asks for."""
    return Refusal(400, envelope(400, message, "BadRequestError", param), late=late)


def told_in_stream(body: Any) -> bytes:
    """Return an error as it stands inside a stream, with the stream's end."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\ndata: [DONE]\n\n".encode()


def answer_late(refusal: Refusal, streamed: bool) -> web.Response:
    """Return a late refusal of a stream as a stream; any other is raised again.

    Raises:
        Refusal: it is not late, or no stream is wanted.
    """
    if not (refusal.late and streamed):
        raise refusal
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return web.Response(body=told_in_stream(refusal.body), headers=headers)


def invalid(kind: str, place: str, message: str, got: str, more: str = "") -> Refusal:
    """Return a refusal of the request's form."""
    told = f"{{'type': '{kind}', 'loc': '{place}', 'msg': '{message}', 'input': '{got}'{more}}}"
    return refusal(400, f"1 validation error:\n  {told}", "Bad Request", place)


def no_model(name: str, served: str) -> Refusal:
    """Return the refusal for a model that is not served."""
    message = f"The model `{name}` does not exist. Valid aliases: {served}."
    return refusal(404, message, "NotFoundError", "model")


def too_long(limit: int) -> Refusal:
    """Return the refusal for a prompt that leaves no room in the context."""
    return bad_request(
        f"This model's maximum context length is {limit} tokens. However, your prompt contains at least {limit + 1}"
        " input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input"
        f" prompt. (parameter=input_tokens, value={limit + 1})",
        "input_tokens",
    )


BUSY = envelope(
    503,
    "The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.",
    "Service Unavailable",
)
DEAD = envelope(
    500,
    "EngineCore encountered an issue. See stack trace (above) for the root cause.",
    "InternalServerError",
)
UNAUTHORIZED = {"error": "Unauthorized"}
NO_ROUTE = {"detail": "Not Found"}
NO_METHOD = {"detail": "Method Not Allowed"}
