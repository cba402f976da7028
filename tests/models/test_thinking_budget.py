"""Thinking within a budget, and completions that are cut by their limit and go on."""

from __future__ import annotations

import pytest

from tests.models.requests import ask, collect
from tests.vllm_double.fixtures import Doubles
from tui_aide.models.openai_compatible import OpenAICompatibleModel


def writer(thoughts: int, answer: str = "x = 1\n" * 200):  # type: ignore[no-untyped-def]
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        return " ".join(["hm"] * thoughts), answer

    return write


async def test_vllm_closes_the_thinking_itself(doubles: Doubles) -> None:
    server = await doubles(write=writer(5000, "Done."))
    model = OpenAICompatibleModel(server.url)
    choice = (await collect(model, ask(thinking_budget=100)))[0]
    await model.aclose()
    assert server.requests[0].body["thinking_token_budget"] == 100
    assert choice.ends == 1
    assert choice.answer.strip() == "Done."
    assert choice.tokens.reasoning <= 101
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["vllm-old", "sglang", "llama.cpp", "ollama", "plain"])
async def test_elsewhere_the_thinking_is_cut_and_the_answer_asked_for(doubles: Doubles, kind: str) -> None:
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        told = "Think no further" in messages[-1]["content"]
        return ("", "Done.") if told else (" ".join(["hm"] * 5000), "At last.")

    server = await doubles(kind=kind, write=write, tokens_per_second=4000)
    model = OpenAICompatibleModel(server.url, "tiny-r1")
    choice = (await collect(model, ask(thinking_budget=300)))[0]
    await model.aclose()
    assert choice.ends == 1
    assert choice.answer.strip() == ("At last." if kind == "vllm-old" else "Done.")
    assert choice.finish is not None
    assert choice.finish.reason == "stop"
    assert 300 <= choice.tokens.reasoning < 1500
    assert choice.restarts == 0


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
async def test_a_limit_that_comes_while_it_thinks_does_not_leave_it_without_an_answer(
    doubles: Doubles, kind: str
) -> None:
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        told = "Think no further" in messages[-1]["content"]
        return ("" if told else " ".join(["hm"] * 3000), "Done.")

    server = await doubles(kind=kind, write=write)
    model = OpenAICompatibleModel(server.url)
    choices = await collect(model, ask(n=2, max_tokens=300))
    await model.aclose()
    for choice in choices.values():
        assert choice.ends == 1
        assert choice.finish is not None
        assert choice.finish.reason == "stop"
        assert choice.answer.strip() == "Done."
    paths = [r.path for r in server.requests]
    assert len(paths) == 3
    assert paths[1] == ("/v1/completions" if kind == "vllm" else "/v1/chat/completions")


async def test_a_cut_answer_goes_on_where_it_stopped(doubles: Doubles) -> None:
    whole = "".join(f"line {i}\n" for i in range(400))
    server = await doubles(write=writer(10, whole))
    model = OpenAICompatibleModel(server.url)
    choice = (await collect(model, ask(max_tokens=1200)))[0]
    await model.aclose()
    assert server.requests[1].path == "/v1/completions"
    assert isinstance(server.requests[1].body["prompt"], list)
    assert choice.answer.strip().startswith(whole[:500])
    assert choice.finish is not None


async def test_going_on_is_bounded(doubles: Doubles) -> None:
    server = await doubles(write=writer(0, "word " * 100_000))
    model = OpenAICompatibleModel(server.url)
    choice = (await collect(model, ask(max_tokens=300)))[0]
    await model.aclose()
    assert choice.finish is not None
    assert choice.finish.reason == "length"
    assert len(server.requests) == 3


@pytest.mark.parametrize("merge", [0.0, 0.7])
async def test_thinking_leaves_the_answer_its_part_of_the_context(doubles: Doubles, merge: float) -> None:
    """Nobody set a limit, so nothing is asked of the server: what has no end is ended and continued here."""

    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        return " ".join(["considering"] * 5000), "Done."

    server = await doubles(max_model_len=2048, write=write, tokens_per_second=2000, merge=merge)
    model = OpenAICompatibleModel(server.url)
    choice = (await collect(model, ask("x" * 500)))[0]
    await model.aclose()
    assert "thinking_token_budget" not in server.requests[0].body
    assert len(server.requests) == 2
    assert choice.ends == 1
    assert choice.answer.strip() == "Done."


async def test_several_choices_leave_their_answers_a_part_of_the_context_by_the_server(doubles: Doubles) -> None:
    server = await doubles(max_model_len=2048, write=writer(5000, "Done."))
    model = OpenAICompatibleModel(server.url)
    choices = await collect(model, ask("x" * 500, n=2))
    await model.aclose()
    assert server.requests[0].body["thinking_token_budget"] < 1500
    assert server.requests[0].body["stream_options"]["continuous_usage_stats"]
    assert [choices[i].answer.strip() for i in range(2)] == ["Done.", "Done."]


async def test_a_budget_holds_for_each_of_several_choices_where_the_server_has_none(doubles: Doubles) -> None:
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        told = "Think no further" in messages[-1]["content"]
        return ("", "Done.") if told else (" ".join(["hm"] * 5000), "At last.")

    server = await doubles(kind="sglang", write=write, tokens_per_second=4000)
    model = OpenAICompatibleModel(server.url)
    choices = await collect(model, ask(n=2, thinking_budget=300))
    await model.aclose()
    assert [c.answer.strip() for c in choices.values()] == ["Done."] * 2
    assert all(c.tokens.reasoning < 1500 for c in choices.values())


async def test_attempts_that_broke_take_no_room_from_the_answer(doubles: Doubles) -> None:
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        told = "Think no further" in messages[-1]["content"]
        return ("", "Done.") if told else (" ".join(["hm"] * 3000), "At last.")

    server = await doubles(kind="sglang", max_model_len=1000, write=write)
    server.fail("abort", times=3, after=280)
    model = OpenAICompatibleModel(server.url, backoff=0.01)
    choice = (await collect(model, ask(max_tokens=400)))[0]
    await model.aclose()
    assert choice.restarts == 3
    assert choice.answer.strip() == "Done."


async def test_an_answer_may_be_continued_twice_in_a_context_that_has_room_for_it(doubles: Doubles) -> None:
    server = await doubles(max_model_len=1450, write=writer(0, "word " * 800))
    model = OpenAICompatibleModel(server.url)
    choice = (await collect(model, ask(max_tokens=600)))[0]
    await model.aclose()
    assert len(server.requests) == 3
    assert choice.finish is not None
    assert choice.finish.reason == "stop"
