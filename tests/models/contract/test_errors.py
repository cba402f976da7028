"""How a request is refused: status, envelope and words, before any stream begins."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.models.contract.talk import ASK, CHAT, TEXT, Talk

BAD = "BadRequestError"
LONG = 16384


@pytest.mark.parametrize(
    ("fields", "message", "param"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)", "max_tokens"),
        (
            {"max_tokens": 99999},
            "max_tokens=99999 cannot be greater than max_model_len=16384. Please request fewer output tokens."
            " (parameter=max_tokens, value=99999)",
            "max_tokens",
        ),
        ({"n": 0}, "n must be at least 1, got 0.", None),
        ({"n": 2, "temperature": 0}, "n must be 1 when using greedy sampling, got 2.", None),
        (
            {"temperature": -1},
            "temperature must be non-negative, got -1.0. (parameter=temperature, value=-1.0)",
            "temperature",
        ),
        ({"top_p": 0}, "top_p must be in (0, 1], got 0.0. (parameter=top_p, value=0.0)", "top_p"),
        ({"min_tokens": 50, "max_tokens": 40}, "min_tokens must be less than or equal to max_tokens=40, got 50.", None),
        ({"messages": []}, "Cannot apply chat template to an empty conversation. Provide at least one message.", None),
        (
            {"continue_final_message": True, "add_generation_prompt": True},
            "Cannot set both `continue_final_message` and `add_generation_prompt` to True.",
            None,
        ),
        (
            {"stream_options": {"include_usage": True}},
            "Stream options can only be defined when `stream=True`. (parameter=stream_options)",
            "stream_options",
        ),
        (
            {"response_format": {"type": "json_schema"}},
            "When response_format type is 'json_schema', the 'json_schema' field must be provided."
            " (parameter=response_format)",
            "response_format",
        ),
        (
            {"chat_template": "x"},
            "Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with"
            " untrusted chat template.",
            None,
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_what_cannot_be_done_is_a_bad_request(
    talk: Talk, fields: dict[str, Any], message: str, param: str | None
) -> None:
    assert await talk.refused(400, CHAT, **fields) == {"message": message, "type": BAD, "param": param, "code": 400}


async def test_a_model_that_is_not_served_is_not_found(talk: Talk) -> None:
    for path, more in ((CHAT, {}), (TEXT, {"prompt": "x"})):
        error = await talk.refused(404, path, model="nope", **more)
        assert error["message"] == "The model `nope` does not exist. Valid aliases: tiny-r1."
        assert (error["type"], error["param"]) == ("NotFoundError", "model")


async def test_a_prompt_beyond_the_context_is_refused_with_the_limit(talk: Talk) -> None:
    text = "hello world " * 9000
    for path, more in ((CHAT, {"messages": [{"role": "user", "content": text}]}), (TEXT, {"prompt": text})):
        error = await talk.refused(400, path, **more)
        assert error["message"] == (
            f"This model's maximum context length is {LONG} tokens. However, your prompt contains at least {LONG + 1}"
            " input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the"
            f" input prompt. (parameter=input_tokens, value={LONG + 1})"
        )
        assert (error["type"], error["param"]) == (BAD, "input_tokens")


async def test_a_schema_without_sense_is_refused(talk: Talk) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "zzz"}}}
    error = await talk.refused_late(response_format=form)
    assert error["message"].startswith("Failed to transform json schema into a grammar: ")
    assert error["message"].endswith('Unsupported type "zzz"')
    assert error["type"] == BAD


@pytest.mark.parametrize(
    ("path", "raw", "message", "param"),
    [
        (
            CHAT,
            '{"model":',
            "{'type': 'json_invalid', 'loc': 'body.9', 'msg': 'JSON decode error', 'input': '<dict of 0 items>',"
            " 'ctx': {'error': 'Expecting value'}}",
            "body.9",
        ),
        (
            CHAT,
            '{"model": "tiny-r1"}',
            "{'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required', 'input': '<dict of 1 items>'}",
            "body.messages",
        ),
        (
            CHAT,
            '{"messages": "x"}',
            "{'type': 'list_type', 'loc': 'body.messages', 'msg': 'Input should be a valid list', 'input': 'x'}",
            "body.messages",
        ),
        (
            CHAT,
            '{"messages": [{"role": "user", "content": "x"}], "max_tokens": "a"}',
            "{'type': 'int_parsing', 'loc': 'body.max_tokens', 'msg': 'Input should be a valid integer, unable to parse"
            " string as an integer', 'input': 'a'}",
            "body.max_tokens",
        ),
    ],
)
async def test_a_malformed_body_is_told_apart_field_by_field(
    talk: Talk, path: str, raw: str, message: str, param: str
) -> None:
    headers = {"content-type": "application/json"}
    async with talk.http.post(talk.url + path, data=raw, headers=headers) as response:
        assert response.status == 400
        assert response.headers["content-type"] == "application/json"
        error = (await response.json())["error"]
    assert error == {"message": f"1 validation error:\n  {message}", "type": "Bad Request", "param": param, "code": 400}


async def test_a_body_must_be_said_to_be_json(talk: Talk) -> None:
    headers = {"content-type": "text/plain"}
    async with talk.http.post(talk.url + CHAT, data=json.dumps(ASK), headers=headers) as response:
        assert response.status == 400
        assert "Unsupported Media Type" in (await response.json())["error"]["message"]


async def test_an_empty_raw_prompt_is_refused(talk: Talk) -> None:
    told = "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)"
    assert (await talk.refused(400, TEXT, prompt=""))["message"] == told
    assert (await talk.refused(400, TEXT, prompt=[]))["message"] == "You must pass at least one prompt"


async def test_a_token_that_there_is_not_is_refused(talk: Talk) -> None:
    token = 2**60
    assert (await talk.refused_late(TEXT, prompt=[token]))["message"] == f"Token id {token} is out of vocabulary"


async def test_more_likely_tokens_than_there_may_be_are_refused(talk: Talk) -> None:
    error = await talk.refused_late(logprobs=True, top_logprobs=50)
    assert error == {
        "message": "Requested sample logprobs of 50, which is greater than max allowed: 20"
        " (parameter=logprobs, value=50)",
        "type": BAD,
        "param": "logprobs",
        "code": 400,
    }


async def test_routes_and_methods_have_another_envelope(talk: Talk) -> None:
    assert await talk.send("GET", "/v1/nope") == (404, '{"detail":"Not Found"}')
    assert await talk.send("GET", CHAT) == (405, '{"detail":"Method Not Allowed"}')


async def test_fields_that_nobody_knows_are_ignored(talk: Talk) -> None:
    odd = {"foo_bar": 1, "guided_json": {"type": "object"}}
    assert await talk.message(**odd) == await talk.message()
