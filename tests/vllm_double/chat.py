"""POST /v1/chat/completions."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.vllm_double.asked import chat_messages, check_model, decoded, read
from tests.vllm_double.errors import Refusal, answer_late, bad_request, invalid
from tests.vllm_double.foreign import overflow
from tests.vllm_double.planned import plan
from tests.vllm_double.running import Choice, Run
from tests.vllm_double.template import Prompt, render
from tests.vllm_double.tokens import encode
from tests.vllm_double.wire import Wire

if TYPE_CHECKING:
    from tests.vllm_double.server import Double


async def chat(request: web.Request, double: Double) -> web.StreamResponse:
    """Answer a chat."""
    body = await decoded(request)
    double.note(request, body)
    try:
        return await _chat(request, double, body)
    except Refusal as refusal:
        return answer_late(refusal, bool(body.get("stream")))


async def _chat(request: web.Request, double: Double, body: dict[str, Any]) -> web.StreamResponse:
    prompt = chat_prompt(body)
    check_model(body, double.model, double.options.model)
    double.foreign_check(body)
    request_id = body.get("request_id") or request.headers.get("X-Request-Id") or secrets.token_hex(8)
    kind = double.kind
    asked = read(body, double.options, str(request_id), kind.takes_n)
    ids = encode(prompt.text)
    cut = body.get("truncate_prompt_tokens")
    ids = ids[-cut:] if cut else ids
    if len(ids) >= double.options.max_model_len:
        raise overflow(double.options.kind, double.options.max_model_len, len(ids))
    double.admit(asked)
    now = double.now()
    choices = [
        Choice(i, plan(asked, prompt, len(ids), asked.seed + i, double.options), ids, asked, now, double.options)
        for i in range(asked.n)
    ]
    name = f"chatcmpl-{asked.request_id}"
    wire = Wire(kind, asked, name, double.options.model, int(time.time()), ids, double.options.opening_tag)
    return await Run(double, request, asked, choices, wire).answer()


def chat_prompt(body: dict[str, Any]) -> Prompt:
    """Return the prompt that a body's messages make.

    Raises:
        Refusal: there are none, or the model cannot go on with the last one.
    """
    messages = [{"role": m["role"], "content": _text(m.get("content"))} for m in chat_messages(body)]
    if body.get("chat_template"):
        raise bad_request(
            "Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with"
            " untrusted chat template."
        )
    return render(messages, body.get("add_generation_prompt", True), bool(body.get("continue_final_message")))


def _text(content: Any) -> str:
    if content is not None and not isinstance(content, str | list):
        place = "body.messages.0.content"
        raise invalid("string_type", place, "Input should be a valid string", str(content))
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""
