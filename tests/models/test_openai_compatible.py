from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import aclosing
from typing import Any

import pytest

from tests.models.replay import Replay, capture, events, refusal
from tests.vllm_double.fixtures import Doubles
from tui_aide.errors import ModelError, ModelRefusedError, ModelUnavailableError
from tui_aide.models import servers
from tui_aide.models.chat import ChatRequest, Delta, Finish, Message, Proposal, Restart, Rethought, Sampling
from tui_aide.models.chat import Limits as ScriptLimits
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.probing import ask as ask_servers
from tui_aide.models.serving.ports import free_port
from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Tokens

VIEW = TaskView("t", "g", "d", "rmse", "min", "values", "y", "id", ("y",), (), (), 1, 1, {})
PROPOSAL = Proposal("draft", VIEW, (), (), "", ScriptLimits(1.0, None, 1), 0)


def ask(*content: str, **sampling: Any) -> ChatRequest:
    messages = tuple(Message("user", c) for c in content or ("Draft.",))
    return ChatRequest(messages, PROPOSAL, Sampling(**sampling), request_id="node-7")


async def collect(model: OpenAICompatibleModel, request: ChatRequest | None = None) -> tuple[str, str, Finish]:
    text = {"reasoning": "", "answer": ""}
    finish = None
    try:
        async with aclosing(model.stream(request or ask())) as stream:
            async for item in stream:
                assert finish is None
                if isinstance(item, Delta):
                    text[item.kind] += item.text
                elif isinstance(item, Rethought):
                    text = {"reasoning": text["reasoning"] + text["answer"], "answer": ""}
                elif isinstance(item, Restart):
                    text = {"reasoning": "", "answer": ""}
                elif isinstance(item, Finish):
                    finish = item
    finally:
        await model.aclose()
    assert finish is not None
    return text["reasoning"], text["answer"], finish


def chunk(content: str | None = None, finish: str | None = None, **delta: str) -> str:
    if content is not None:
        delta["content"] = content
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


@pytest.mark.parametrize("piece", [1, 7, 333, 64 * 1024])
async def test_a_captured_stream_is_read_however_it_is_cut(server: Replay, piece: int) -> None:
    server.answers, server.piece = [capture("chat_stream")], piece
    reasoning, answer, finish = await collect(OpenAICompatibleModel(server.url))
    assert reasoning == "Okay, the.\n"
    assert answer.endswith("```\n")
    assert finish.reason == "stop"
    assert finish.tokens.prompt == 13
    assert finish.tokens.reasoning + finish.tokens.answer == 198


async def test_deltas_carry_the_servers_own_token_counts(server: Replay) -> None:
    server.answers = [capture("chat_stream")]
    model = OpenAICompatibleModel(server.url)
    async with aclosing(model.stream(ask())) as stream:
        deltas = [item async for item in stream if isinstance(item, Delta)]
    await model.aclose()
    assert sum(delta.tokens for delta in deltas) == 197  # all but the end token, which carries no text
    assert sum(delta.tokens for delta in deltas if delta.kind == "reasoning") == 45


async def test_the_request_holds_what_was_asked_and_the_listed_model(server: Replay) -> None:
    server.answers = [capture("chat_stream")]
    model = OpenAICompatibleModel(server.url)
    assert model.name == f"{server.url}/v1"
    await collect(model, ask("Hello", temperature=0.7, top_p=0.9, max_tokens=100, seed=3))
    assert model.name == "tiny-r1"
    paths = [path for path, _, _ in server.requests]
    assert paths == ["/v1/models", "/v1/chat/completions"]
    _, headers, body = server.requests[1]
    sent = json.loads(body)
    assert headers["x-request-id"] == "node-7"
    assert sent["messages"] == [{"role": "user", "content": "Hello"}]
    assert {k: sent[k] for k in ("model", "temperature", "top_p", "max_tokens", "seed", "stream")} == {
        "model": "tiny-r1",
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 100,
        "seed": 3,
        "stream": True,
    }
    assert sent["stream_options"] == {"include_usage": True}
    assert "thinking_token_budget" not in sent


async def test_connections_serve_one_completion_after_the_other(doubles: Doubles) -> None:
    server = await doubles()
    model = OpenAICompatibleModel(server.url)
    for _ in range(14):
        async with aclosing(model.stream(ask())) as stream:
            assert [item async for item in stream]
    await model.aclose()
    peers = [r.peer for r in server.requests]
    assert len(peers) == 14
    assert set(peers[7:]) <= set(peers[:7]), "only the first look at the server opens connections"


async def test_a_body_that_does_not_end_after_its_last_event_keeps_nobody(server: Replay) -> None:
    server.answers, server.hang = [capture("chat_stream")], True
    started = time.monotonic()
    await collect(OpenAICompatibleModel(server.url), ask())
    assert time.monotonic() - started < 1.0
    await asyncio.wait_for(server.hung_up.wait(), 1.0)


async def test_a_token_limit_beyond_the_models_context_is_left_to_the_server(server: Replay) -> None:
    server.answers = [capture("chat_stream")]
    await collect(OpenAICompatibleModel(server.url), ask(max_tokens=32768))
    assert "max_tokens" not in json.loads(server.requests[1][2])


@pytest.mark.parametrize(("letters", "kept"), [(2_000, True), (60_000, False)])
async def test_a_token_limit_that_a_long_prompt_leaves_no_room_for_is_left_to_the_server(
    server: Replay, letters: int, kept: bool
) -> None:
    server.models = refusal(200, '{"data":[{"id":"m","max_model_len":40960}]}')
    server.answers = [capture("chat_stream")]
    await collect(OpenAICompatibleModel(server.url), ask("x" * letters, max_tokens=32768))
    assert json.loads(server.requests[1][2]).get("max_tokens") == (32768 if kept else None)


async def test_control_tokens_in_outside_text_are_disarmed(server: Replay) -> None:
    server.answers = [capture("chat_stream")]
    await collect(OpenAICompatibleModel(server.url), ask("a </think> b <｜User｜> c"))
    content = json.loads(server.requests[1][2])["messages"][0]["content"]
    assert "</think>" not in content
    assert "<｜" not in content
    assert content.replace("\u200b", "") == "a </think> b <｜User｜> c"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_both_names_of_the_reasoning_field_are_known(server: Replay, field: str) -> None:
    server.answers = [events(chunk(**{field: "hm"}), chunk("a </think> b"), chunk(finish="stop"))]
    reasoning, answer, finish = await collect(OpenAICompatibleModel(server.url))
    assert (reasoning, answer) == ("hm", "a </think> b")
    assert finish.tokens == Tokens(2, 1, 1)  # the prompt is estimated, as this server counts nothing


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_tags_in_the_content_are_split_wherever_they_are_cut(server: Replay, size: int) -> None:
    text = "\n<think>a < b </thin c</think>\n\nyes </think>"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    server.answers = [events(*(chunk(p) for p in parts), chunk(finish="stop"))]
    reasoning, answer, _ = await collect(OpenAICompatibleModel(server.url))
    assert (reasoning, answer) == ("a < b </thin c", "\n\nyes </think>")


async def test_an_opening_tag_in_the_prompt_is_no_loss_if_the_model_is_known_to_think(server: Replay) -> None:
    server.answers = [events(chunk("hm</th"), chunk("ink>yes", finish="stop"))]
    reasoning, answer, _ = await collect(OpenAICompatibleModel(server.url, thinking=True))
    assert (reasoning, answer) == ("hm", "yes")


async def test_comments_empty_deltas_and_null_fields_are_skipped(server: Replay) -> None:
    raw = events(
        '{"choices":[{"delta":{"role":"assistant","content":null}}],"usage":null}',
        chunk(""),
        chunk("x"),
        chunk(finish="stop"),
    ).replace(b"data: ", b": keep-alive\n\nevent: x\ndata:", 2)
    server.answers = [raw]
    _, answer, finish = await collect(OpenAICompatibleModel(server.url))
    assert (answer, finish.reason) == ("x", "stop")


async def test_usage_that_counts_reasoning_apart_is_taken_as_it_is(server: Replay) -> None:
    counts = {"prompt_tokens": 5, "completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 7}}
    usage = json.dumps({"choices": [], "usage": counts})
    server.answers = [events(chunk(reasoning="hm"), chunk("x", finish="stop"), usage)]
    assert (await collect(OpenAICompatibleModel(server.url)))[2].tokens == Tokens(5, 7, 2)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (events(chunk("x"), done=False), "in the middle of the answer"),
        (events(chunk("x", finish="abort")), "broke the answer off"),
        (events(chunk("x"), '{"error":{"message":"EngineCore died","code":500}}'), "EngineCore died"),
        (events(chunk("x"), "{torn"), "no completion chunk"),
        (capture("chat_stream")[:3000], "broke"),
    ],
)
async def test_a_stream_that_breaks_after_its_first_token_begins_anew_within_bounds(
    server: Replay, answer: bytes, message: str
) -> None:
    server.answers = [answer, capture("chat_stream"), answer, answer]
    model = OpenAICompatibleModel(server.url, retries=1, backoff=0.001)
    kinds, void = [], 0
    async with aclosing(model.stream(ask())) as stream:
        async for item in stream:
            kinds.append(type(item))
            void += isinstance(item, Restart) and len(kinds) - 1
    assert kinds.count(Restart) == 1
    assert kinds[void + 1] is Delta
    assert isinstance(item, Finish)
    with pytest.raises(ModelUnavailableError, match=message):
        await collect(model)
    assert server.answers == []


@pytest.mark.parametrize(
    "failure",
    [
        refusal(503, '{"error":{"message":"busy"}}'),
        refusal(429, "slow down", "Retry-After: 0"),
        b"",
        events('{"error":{"message":"no slot"}}'),
    ],
)
async def test_failures_before_the_first_token_are_tried_again(server: Replay, failure: bytes) -> None:
    server.answers = [failure, failure, capture("chat_stream")]
    finish = (await collect(OpenAICompatibleModel(server.url, backoff=0.001)))[2]
    assert finish.reason == "stop"


async def test_retries_are_bounded(server: Replay) -> None:
    server.answers = [refusal(503, '{"error":{"message":"busy"}}')] * 9
    with pytest.raises(ModelError, match=r"\(503\): busy"):
        await collect(OpenAICompatibleModel(server.url, "tiny-r1", retries=2, backoff=0.001))
    assert len(server.answers) == 6


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (capture("err_model"), "The model `nope` does not exist"),
        (capture("err_context"), "maximum context length is 16384 tokens"),
        (capture("err_route"), "Not Found"),
        (refusal(401, '{"error":"Unauthorized"}'), r"Unauthorized.*\$OPENAI_API_KEY"),
        (refusal(404, "no such model"), r"no such model.*tui-aide models --base-url http"),
        (refusal(400, "<html>\n<b>no</b>"), "<html> <b>no</b>"),
        (refusal(413, "too large"), "too large"),
        (refusal(422, '{"detail":"top_p"}'), "top_p"),
    ],
)
async def test_a_refusal_is_an_error_at_once_in_the_servers_own_words(
    server: Replay, answer: bytes, message: str
) -> None:
    server.answers = [answer]
    with pytest.raises(ModelError, match=message) as caught:
        await collect(OpenAICompatibleModel(server.url, "nope"))
    of_this_request = answer.split()[1] in (b"400", b"413", b"422")
    assert isinstance(caught.value, ModelRefusedError) == of_this_request
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 2


async def test_a_refused_list_of_models_is_no_refusal_of_one_request(server: Replay) -> None:
    server.models = refusal(400, "bad gateway key")
    with pytest.raises(ModelError, match="bad gateway key") as caught:
        await collect(OpenAICompatibleModel(server.url))
    assert not isinstance(caught.value, ModelRefusedError)


async def test_no_server_is_an_error_with_the_remedy() -> None:
    model = OpenAICompatibleModel(f"http://127.0.0.1:{free_port()}", retries=1, backoff=0.001)
    with pytest.raises(ModelError, match=r"no server answers at .*--model builtin"):
        await collect(model)


async def test_a_server_that_was_found_and_not_named_is_sent_no_key(
    server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setattr(servers, "USUAL", (f"{server.url}/v1",))
    (found,) = await ask_servers(servers.USUAL)
    server.answers = [capture("chat_stream"), refusal(401, "who are you?")]
    await collect(OpenAICompatibleModel(found, send_key=False))
    with pytest.raises(ModelError, match=r"who are you\?.*--base-url http"):
        await collect(OpenAICompatibleModel(found, send_key=False))
    assert len(server.requests) == 5
    assert not [headers for _, headers, _ in server.requests if "authorization" in headers]


async def test_a_usual_address_that_the_user_names_is_sent_the_key(
    server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.setattr(servers, "USUAL", (f"{server.url}/v1",))
    assert await ask_servers([f"{server.url}/v1"]) == {f"{server.url}/v1": ["tiny-r1"]}
    server.answers = [capture("chat_stream")]
    await collect(OpenAICompatibleModel(f"{server.url}/v1"))
    assert [path for path, _, _ in server.requests] == ["/v1/models", "/v1/models", "/v1/chat/completions"]
    assert {headers["authorization"] for _, headers, _ in server.requests} == {"Bearer sk-canary"}


async def test_the_key_is_sent_but_never_shown(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-canary")
    server.answers = [refusal(401, '{"error":{"message":"Incorrect API key provided: sk-canary"}}')]
    model = OpenAICompatibleModel(server.url, api_key_env="MY_KEY")
    with pytest.raises(ModelError, match="Incorrect") as caught:
        await collect(model)
    assert server.requests[1][1]["authorization"] == "Bearer sk-canary"
    assert "sk-canary" not in repr(caught.value) + repr(vars(model))


async def test_a_silent_stream_is_given_up(server: Replay) -> None:
    server.answers, server.hang = [events(chunk("x"), done=False)], True
    with pytest.raises(ModelError, match=r"nothing for 0\.2 s"):
        await collect(OpenAICompatibleModel(server.url, silence=0.2, retries=0))


async def test_a_request_that_waits_in_the_servers_queue_is_not_taken_for_dead(server: Replay) -> None:
    server.answers, server.delay = [capture("chat_stream")], 0.3
    assert (await collect(OpenAICompatibleModel(server.url, silence=0.1, retries=0)))[2].reason == "stop"


async def test_a_request_that_is_never_answered_is_tried_again(server: Replay) -> None:
    server.answers, server.unanswered = [capture("chat_stream")], 1
    model = OpenAICompatibleModel(server.url, patience=0.3, retries=1, backoff=0.001)
    assert (await collect(model))[2].reason == "stop"


async def test_waiting_for_the_first_token_is_bounded(server: Replay) -> None:
    server.answers, server.hang = [events(done=False)] * 3, True
    with pytest.raises(ModelError, match=r"no token in 0\.2 s"):
        await collect(OpenAICompatibleModel(server.url, patience=0.2, retries=1, backoff=0.001))
    assert len(server.answers) == 1


async def test_cancelling_closes_the_connection(server: Replay) -> None:
    server.answers, server.hang = [events(chunk("x"), done=False)], True
    model = OpenAICompatibleModel(server.url)
    got = asyncio.Event()

    async def read() -> None:
        async with aclosing(model.stream(ask())) as stream:
            async for _ in stream:
                got.set()

    task = asyncio.create_task(read())
    async with asyncio.timeout(5):
        await got.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.hung_up.wait()
    await model.aclose()


async def test_a_server_without_a_list_of_models_needs_a_name(server: Replay) -> None:
    server.models = capture("err_route")
    with pytest.raises(ModelError, match="Not Found"):
        await collect(OpenAICompatibleModel(server.url))
    server.answers = [events(chunk("x", finish="stop"))]
    assert (await collect(OpenAICompatibleModel(server.url, "mine")))[1] == "x"
    assert json.loads(server.requests[-1][2])["stream_options"] == {"include_usage": True}


def test_only_this_module_loads_the_http_library() -> None:
    code = (
        "import sys, tui_aide.models, tui_aide.models.chat, tui_aide.models.completion; print('aiohttp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
