"""Thinking that goes on from a text: in the middle of the turn where a server tokenizes, else in words."""

from __future__ import annotations

import msgspec
import pytest

from tests.models.requests import ask, collect
from tests.vllm_double.fixtures import Doubles
from tests.vllm_double.tokens import decode
from tui_aide.models.openai_compatible import OpenAICompatibleModel


@pytest.mark.parametrize("kind", ["vllm", "sglang", "ollama", "plain"])
async def test_the_model_thinks_on_from_what_it_thought(doubles: Doubles, kind: str) -> None:
    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        return "So it is.", "Done."

    server = await doubles(kind=kind, write=write)
    model = OpenAICompatibleModel(server.url, "tiny-r1")
    request = msgspec.structs.replace(ask(), thought="First I thought this.\n\nWait")
    choice = (await collect(model, request))[0]
    await model.aclose()
    assert choice.answer.strip() == "Done."
    assert choice.reasoning.strip()
    assert "First I thought this" not in choice.reasoning, "only what is new is streamed"
    assert choice.finish is not None
    assert choice.finish.tokens.reasoning > 0
    last = server.requests[-1]
    if kind == "vllm":
        assert last.path == "/v1/completions"
        assert decode(last.body["prompt"]).endswith("<think>\nFirst I thought this.\n\nWait")
    else:
        assert last.path == "/v1/chat/completions"
        assert "First I thought this." in last.body["messages"][-1]["content"]
        assert "Think on from there" in last.body["messages"][-1]["content"]


async def test_a_thinking_that_goes_on_and_is_cut_keeps_its_beginning(
    doubles: Doubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_aide.models.openai_compatible._LEAST_ROOM", 1)
    server = await doubles(kind="vllm")
    model = OpenAICompatibleModel(server.url, "tiny-r1")
    request = msgspec.structs.replace(ask(max_tokens=8), thought="First I thought this.\n\nWait")
    choice = (await collect(model, request))[0]
    await model.aclose()
    assert choice.ends == 1
    assert len(server.requests) > 1
    again = decode(server.requests[1].body["prompt"])
    assert "<think>\nFirst I thought this.\n\nWait" in again
    assert again.count("First I thought this.") == 1
