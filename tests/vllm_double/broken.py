"""Answers to a request that gets no completion because a fault says so."""

from __future__ import annotations

import time
from email.utils import formatdate

from aiohttp import web

from tests.vllm_double.errors import BUSY, DEAD, UNAUTHORIZED, json_response, no_model, too_long
from tests.vllm_double.faults import Fault
from tests.vllm_double.options import Options

_HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
_GARBAGE = b'data: {"id": "x", "choices": [{]}\n\ndata: \xff\xfe\x00 what\n\nevent: \ndata: 17\n\ndata: [DONE]\n\n'


def broken_response(request: web.Request, fault: Fault, options: Options) -> web.Response | None:
    """Return the response that a fault gives at once, None for one that breaks the body."""
    match fault.name:
        case "html":
            return web.Response(body=_HTML, headers={"content-type": "text/html; charset=utf-8"})
        case "garbage":
            return web.Response(body=_GARBAGE, headers={"content-type": "text/event-stream; charset=utf-8"})
        case "redirect-302" | "redirect-307":
            place = fault.to or f"{request.path}?moved=1"
            return web.Response(status=int(fault.name[-3:]), headers={"location": place})
        case "rate-limit" | "rate-limit-date":
            date = formatdate(time.time() + fault.seconds, usegmt=True)
            wait = f"{fault.seconds:g}" if fault.name == "rate-limit" else date
            error = {"message": "Rate limit reached for requests", "type": "requests", "param": None}
            return json_response({"error": error | {"code": "rate_limit_exceeded"}}, 429, {"retry-after": wait})
        case "status-500":
            return json_response(DEAD, 500)
        case "busy":
            return json_response(BUSY, 503)
        case "unauthorized":
            return json_response(UNAUTHORIZED, 401)
        case "gone":
            return json_response(no_model(options.model, "another-model").body, 404)
        case "context":
            return json_response(too_long(options.max_model_len).body, 400)
    return None
