"""Everything that can go wrong between us and a server: what passes is tried again, what does not is told in words."""

from __future__ import annotations

import asyncio
import json
import re
import time

import pytest

from tests.models.replay import Replay, capture, events, refusal
from tests.models.requests import Choice, ask, collect
from tests.vllm_double import Double
from tests.vllm_double.faults import FaultName
from tests.vllm_double.fixtures import Doubles
from tests.vllm_double.transcripts import transcript
from tui_aide.errors import (
    ContextOverflowError,
    ModelError,
    ModelKeyError,
    ModelNotServedError,
    ModelRefusedError,
    ModelUnavailableError,
)
from tui_aide.models.openai_compatible import OpenAICompatibleModel

FIRST = transcript("linear")


def client(server: Double, **more: float) -> OpenAICompatibleModel:
    return OpenAICompatibleModel(server.url, "tiny-r1", backoff=0.01, **more)  # type: ignore[arg-type]


async def one(model: OpenAICompatibleModel, **more: int) -> Choice:
    try:
        return (await collect(model, ask(max_tokens=4096, **more)))[0]
    finally:
        await model.aclose()


def whole(choice: Choice) -> bool:
    return (choice.reasoning.strip(), choice.answer.strip()) == (FIRST[0].strip(), FIRST[1].strip())


PASSING: list[tuple[FaultName, int]] = [
    ("cut", 0), ("cut", 1), ("cut", 3000), ("reset", 2000), ("wrong-length", 0), ("html", 0), ("garbage", 0),
    ("rate-limit", 0), ("rate-limit-date", 0), ("status-500", 0), ("busy", 0), ("abort", 5), ("engine-error", 5),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "after"), PASSING, ids=lambda v: str(v))
async def test_what_may_pass_is_tried_again_and_the_answer_is_whole(
    double: Double, fault: FaultName, after: int
) -> None:
    double.fail(fault, times=2, after=after, seconds=0.0)
    choice = await one(client(double))
    assert whole(choice)
    assert len(double.requests) <= 3


@pytest.mark.parametrize(("fault", "after"), [f for f in PASSING if f[0] != "wrong-length"], ids=lambda v: str(v))
async def test_what_does_not_pass_in_time_is_an_error_in_one_line(double: Double, fault: FaultName, after: int) -> None:
    double.fail(fault, times=None, after=after, seconds=0.0)
    with pytest.raises(ModelUnavailableError) as caught:
        await one(client(double, retries=1))
    assert re.search(rf"{re.escape(double.url)}", str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", ["drip", "gzip", "wrong-type"])
async def test_odd_but_whole_streams_are_read(double: Double, fault: FaultName) -> None:
    double.fail(fault)
    assert whole(await one(client(double)))


async def test_a_line_of_ten_megabytes_does_no_harm(double: Double) -> None:
    double.fail("long-line", after=2000)
    started = time.process_time()
    assert (await one(client(double))).finish is not None
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("unauthorized", ModelKeyError, r"Unauthorized.*\$OPENAI_API_KEY"),
        ("gone", ModelNotServedError, r"does not exist.*tui-aide models --base-url"),
        ("context", ContextOverflowError, "maximum context length"),
        ("redirect-302", ModelError, "name that address with --base-url"),
        ("redirect-307", ModelError, "name that address with --base-url"),
    ],
)
async def test_what_will_not_pass_is_told_at_once(
    double: Double, fault: FaultName, kind: type[ModelError], words: str
) -> None:
    double.fail(fault, times=None)
    with pytest.raises(kind, match=words):
        await one(client(double))
    assert sum(f.name == fault for f in double.faults.shown) == 1


@pytest.mark.parametrize("fault", ["stall", "stall-before-headers", "stall-after-headers"])
async def test_a_server_that_says_nothing_is_given_up_in_time(double: Double, fault: FaultName) -> None:
    double.fail(fault, times=1, after=2000)
    assert whole(await one(client(double, patience=0.5, silence=0.3)))
    double.fail(fault, times=None, after=2000)
    with pytest.raises(ModelUnavailableError, match="is it overloaded"):
        await one(client(double, patience=0.5, silence=0.3, retries=1))


async def test_a_rate_limit_is_waited_for_as_long_as_it_asks(double: Double) -> None:
    double.fail("rate-limit", seconds=1.0)
    started = time.monotonic()
    assert whole(await one(client(double)))
    assert time.monotonic() - started >= 1.0


async def test_a_stream_cut_at_every_byte_is_either_whole_or_begun_anew() -> None:
    chunks = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
        {"choices": [{"index": 0, "delta": {"reasoning": "é hm"}}]},
        {"choices": [{"index": 0, "delta": {"content": "yes"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    answer = events(*(json.dumps(c, ensure_ascii=False) for c in chunks))
    head = answer.index(b"\r\n\r\n") + 4
    async with Replay().serving() as server:
        for end in range(head, len(answer), 3):
            server.answers = [answer[:end], answer]
            model = OpenAICompatibleModel(server.url, backoff=0.0)
            choice = await one(model)
            assert (choice.reasoning, choice.answer) == ("é hm", "yes"), end


async def test_a_server_that_is_down_comes_back_between_two_tries(double: Double) -> None:
    await double.refuse()
    task = asyncio.create_task(one(client(double, retries=8)))
    await asyncio.sleep(0.1)
    await double.ready()
    assert whole(await task)


async def test_sigterm_sigkill_and_a_dead_engine_are_failures_not_ends(doubles: Doubles) -> None:
    for end in ("sigterm", "kill", "die"):
        server = await doubles(tokens_per_second=1500)
        model = client(server, retries=9)
        task = asyncio.create_task(one(model))
        async with asyncio.timeout(5):
            while server.generated_tokens < 20:
                await asyncio.sleep(0.005)
        await (server.die(0.05) if end == "die" else getattr(server, end)())
        await asyncio.sleep(0.1)
        await server.ready()
        choice = await task
        assert whole(choice), end
        assert choice.restarts == 1, end


async def test_a_server_on_ipv6_alone_is_reached() -> None:
    async with Double(host="::1") as server:
        assert whole(await one(client(server)))


async def test_a_proxy_in_the_environment_is_not_asked_for_what_is_near(
    double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert whole(await one(client(double)))


async def test_a_far_server_is_asked_through_the_proxy(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", double.url)
    monkeypatch.setenv("no_proxy", "")
    model = OpenAICompatibleModel("http://models.example.invalid/v1", "tiny-r1", backoff=0.01, retries=0)
    choice = await one(model)
    assert whole(choice)  # the double answers whatever host is asked for


async def test_a_jump_of_the_clock_ends_no_stream(doubles: Doubles, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await doubles(tokens_per_second=1000)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 86_400.0 * (server.generated_tokens > 50))
    assert whole(await one(client(server, patience=20.0, silence=10.0)))


async def test_a_refused_field_is_left_out_from_then_on(doubles: Doubles) -> None:
    server = await doubles(max_model_len=2000, kind="lmstudio")
    model = OpenAICompatibleModel(server.url, "tiny-r1", backoff=0.01)
    first = (await collect(model, ask(max_tokens=4096)))[0]
    await collect(model, ask(max_tokens=4096))
    await model.aclose()
    assert first.finish is not None
    assert [("max_tokens" in r.body) for r in server.requests] == [True, False, False]


async def test_a_refusal_inside_a_stream_is_not_tried_again() -> None:
    words = "Grammar error: Invalid type: zzz"
    body = json.dumps({"error": {"message": words, "type": "BadRequestError", "param": None, "code": 400}})
    async with Replay().serving() as server:
        server.answers = [events(body)]
        with pytest.raises(ModelRefusedError, match="Grammar error"):
            await one(OpenAICompatibleModel(server.url))
        assert sum(bool(r[2]) for r in server.requests) == 1


async def test_a_vllm_without_a_reasoning_parser_is_asked_without_a_budget() -> None:
    words = "thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser"
    body = json.dumps({"error": {"message": words, "type": "BadRequestError", "param": None, "code": 400}})
    head = f"HTTP/1.1 400 Bad Request\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    chunk = {"choices": [{"index": 0, "delta": {"content": "<think>hm</think>yes"}, "finish_reason": "stop"}]}
    async with Replay().serving() as server:
        server.answers = [(head + body).encode(), events(json.dumps(chunk))]
        choice = await one(OpenAICompatibleModel(server.url), thinking_budget=500)
        budgets = ["thinking_token_budget" in json.loads(r[2]) for r in server.requests if r[2]]
    assert budgets == [True, False]
    assert (choice.reasoning, choice.answer) == ("hm", "yes")


async def test_a_whole_answer_of_a_server_that_does_not_stream_is_read() -> None:
    body = json.dumps(
        {"choices": [{"index": 0, "message": {"content": "yes", "reasoning": "hm"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 3, "completion_tokens": 2}}, indent=1
    )  # fmt: skip
    answer = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    async with Replay().serving() as server:
        server.answers = [answer.encode()]
        choice = await one(OpenAICompatibleModel(server.url))
    assert (choice.reasoning, choice.answer, choice.tokens.prompt) == ("hm", "yes", 3)


async def test_a_host_that_there_is_not_is_told_in_words() -> None:
    with pytest.raises(ModelUnavailableError, match=r"\(no such host\)"):
        await one(OpenAICompatibleModel("http://nowhere.invalid:8000", retries=0))


async def test_a_server_without_tls_is_told_from_one_that_is_down(double: Double) -> None:
    with pytest.raises(ModelUnavailableError, match=r"\(no TLS connection: "):
        await one(OpenAICompatibleModel(double.url.replace("http://", "https://"), retries=0))


async def test_counts_with_every_piece_are_done_without_where_they_are_refused() -> None:
    words = "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options', 'continuous_usage_stats')}]"
    body = json.dumps({"error": {"message": words, "type": "BadRequestError", "param": None, "code": 400}})
    chunk = {"choices": [{"index": 0, "delta": {"content": "yes"}, "finish_reason": "stop"}]}
    async with Replay().serving() as server:
        server.answers = [refusal(400, body), events(json.dumps(chunk))]
        assert (await one(OpenAICompatibleModel(server.url), thinking_budget=500)).answer == "yes"
        asked = [json.loads(r[2])["stream_options"] for r in server.requests if r[2]]
    assert asked == [{"include_usage": True, "continuous_usage_stats": True}, {"include_usage": True}]


async def test_a_first_look_that_is_cancelled_anywhere_leaves_no_half_known_server(double: Double) -> None:
    for steps in range(0, 120, 2):
        model = client(double)
        looking = asyncio.create_task(model.known())
        for _ in range(steps):
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        _, facts = await model.known()
        await model.aclose()
        assert (facts.kind, facts.metrics) == ("vllm", True), steps


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
async def test_a_recorded_stream_cut_at_any_byte_is_begun_anew_and_whole(step: int) -> None:
    answer = capture("chat_stream")
    body = answer.index(b"\r\n\r\n") + 4
    async with Replay().serving() as server:
        server.answers = [answer]
        expected = await one(OpenAICompatibleModel(server.url))
        model = OpenAICompatibleModel(server.url, backoff=0.0)
        for end in range(body, len(answer), step):
            server.answers = [answer[:end], answer]
            choice = (await collect(model, ask(max_tokens=4096)))[0]
            assert (choice.reasoning, choice.answer) == (expected.reasoning, expected.answer), end
        await model.aclose()


async def test_a_field_refused_in_the_middle_of_a_stream_begins_it_anew_without_the_field() -> None:
    begun = json.dumps({"choices": [{"index": 0, "delta": {"content": "half"}}]})
    refused = json.dumps({"error": {"message": "no", "type": "BadRequestError", "param": "top_p", "code": 400}})
    whole_answer = json.dumps({"choices": [{"index": 0, "delta": {"content": "yes"}, "finish_reason": "stop"}]})
    async with Replay().serving() as server:
        server.answers = [events(begun, refused), events(whole_answer)]
        choice = await one(OpenAICompatibleModel(server.url, retries=0))
        asked = ["top_p" in json.loads(r[2]) for r in server.requests if r[2]]
    assert (choice.answer, choice.restarts, asked) == ("yes", 1, [True, False])
