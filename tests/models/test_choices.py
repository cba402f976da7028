"""Several completions of one prompt, at servers that give them at once and at those that do not."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.models.replay import Replay, events
from tests.models.requests import Choice, ask, collect, take
from tests.vllm_double import Double
from tests.vllm_double.fixtures import Doubles
from tests.vllm_double.kinds import KINDS
from tests.vllm_double.transcripts import BANK, transcript
from tui_aide.models.chat import Delta, Finish
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.trial import TrialFile

KEY = {"openai": "sk-test"}


def expected(seed: int) -> tuple[str, str]:
    reasoning, answer = transcript(BANK[seed % len(BANK)])
    return reasoning.strip(), answer.strip()


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_choices_are_told_apart_at_every_kind_of_server(
    doubles: Doubles, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY.get(kind, ""))
    server = await doubles(kind=kind, merge=0.2, empty=0.1)
    model = OpenAICompatibleModel(server.url, "tiny-r1", trials=TrialFile(tmp_path / "servers.json"))
    choices = await collect(model, ask(n=4, seed=8, max_tokens=4096))
    await model.aclose()
    for index, choice in choices.items():
        reasoning, answer = expected(8 + index)
        assert choice.answer.strip() == answer
        assert choice.reasoning.strip() == ("" if KINDS[kind].hides_thinking else reasoning)
        assert choice.finish is not None
        assert choice.finish.reason == "stop"
        assert choice.tokens.answer > 0
    seen = [r for r in server.requests if r.body.get("max_tokens") != 64 and r.body.get("max_completion_tokens") != 64]
    assert len(seen) == (1 if KINDS[kind].takes_n else 4)
    assert sum(c.tokens.prompt > 0 for c in choices.values()) == len(seen)


async def test_tokens_are_exact_where_the_server_counts_them(double: Double) -> None:
    model = OpenAICompatibleModel(double.url)
    choices = await collect(model, ask(n=3))
    await model.aclose()
    told = sum(c.tokens.reasoning + c.tokens.answer for c in choices.values())
    assert told == double.generated_tokens
    assert sum(c.tokens.prompt > 0 for c in choices.values()) == 1


async def test_a_choice_ends_while_others_go_on(doubles: Doubles) -> None:
    def write(messages: object, seed: int) -> tuple[str, str]:
        return ("a " * 30, "b") if seed == 0 else ("a", "b")

    server = await doubles(write=write, tokens_per_second=200)
    model = OpenAICompatibleModel(server.url)
    order: list[tuple[str, int]] = []
    async with aclosing(model.stream(ask(n=2))) as stream:
        async for item in stream:
            order.append((type(item).__name__, item.choice))
    await model.aclose()
    assert order.index(("Finish", 1)) < len(order) - 5
    assert order[-1] == ("Finish", 0)


async def test_leaving_a_stream_stops_the_generation_of_all_choices(doubles: Doubles) -> None:
    server = await doubles(tokens_per_second=50)
    model = OpenAICompatibleModel(server.url)
    async with aclosing(model.stream(ask(n=5))) as stream:
        async for item in stream:
            if isinstance(item, Delta):
                assert server.running == 5
                break
    async with asyncio.timeout(5):
        while server.running:
            await asyncio.sleep(0.01)
    await model.aclose()


async def test_leaving_single_requests_stops_them_too(doubles: Doubles) -> None:
    server = await doubles(kind="ollama", tokens_per_second=50)
    model = OpenAICompatibleModel(server.url)
    async with aclosing(model.stream(ask(n=3))) as stream:
        async for _ in stream:
            if server.running == 3:
                break
    async with asyncio.timeout(5):
        while server.running:
            await asyncio.sleep(0.01)
    await model.aclose()


async def test_finished_choices_of_a_broken_stream_are_kept(doubles: Doubles) -> None:
    def write(messages: object, seed: int) -> tuple[str, str]:
        return ("a " * 40, f"long {seed}") if seed % 2 else ("a", f"short {seed}")

    server = await doubles(write=write, tokens_per_second=400)
    model = OpenAICompatibleModel(server.url, backoff=0.01)
    finished: list[int] = []
    restarted: list[int] = []
    answers = dict.fromkeys(range(4), "")
    async with aclosing(model.stream(ask(n=4))) as stream:
        async for item in stream:
            if isinstance(item, Finish):
                finished.append(item.choice)
                if len(finished) == 2:
                    server.engine.break_off("error")
                    await server.ready()
            elif isinstance(item, Delta) and item.kind == "answer":
                answers[item.choice] += item.text
            elif not isinstance(item, Delta):
                restarted.append(item.choice)
                answers[item.choice] = ""
    await model.aclose()
    assert sorted(finished) == [0, 1, 2, 3]
    assert set(finished[:2]) == {0, 2}
    assert sorted(restarted) == [1, 3]
    assert {i: a.strip() for i, a in answers.items()} == {0: "short 0", 1: "long 1", 2: "short 2", 3: "long 3"}
    assert [r.body["seed"] for r in server.requests] == [0, 1, 3]
    assert [r.headers["x-request-id"] for r in server.requests] == ["node-7-0", "node-7-1", "node-7-3"]


async def test_no_choices_are_no_request(double: Double) -> None:
    model = OpenAICompatibleModel(double.url)
    assert await collect(model, ask(n=0)) == {}
    assert not double.requests
    await model.aclose()


async def test_what_a_broken_attempt_has_cost_stays_counted(doubles: Doubles) -> None:
    def write(messages: object, seed: int) -> tuple[str, str]:
        return ("a " * 40, "long") if seed else ("a", "short")

    server = await doubles(write=write, tokens_per_second=400)
    model = OpenAICompatibleModel(server.url, backoff=0.01)
    choices: dict[int, Choice] = {}
    async with aclosing(model.stream(ask(n=2))) as stream:
        async for item in stream:
            take(choices, item)
            if isinstance(item, Finish) and item.choice == 0:
                server.engine.break_off("error")
                await server.ready()
    await model.aclose()
    assert (choices[0].restarts, choices[1].restarts) == (0, 1)
    assert sum(c.tokens.reasoning + c.tokens.answer for c in choices.values()) == server.generated_tokens


async def test_a_server_that_gives_fewer_than_it_is_asked_for_is_asked_one_by_one() -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "cut"}, "finish_reason": "stop"}]}
    async with Replay().serving() as server:  # says that it is vLLM
        server.answers = [events(json.dumps(chunk))] * 5
        model = OpenAICompatibleModel(server.url, backoff=0.0)
        await collect(model, ask(n=2))
        await collect(model, ask(n=2))
        await model.aclose()
        asked = [json.loads(body).get("n") for path, _, body in server.requests if path.endswith("completions")]
    assert asked == [2, None, None, None]
