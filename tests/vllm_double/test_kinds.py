"""How the other kinds differ from vLLM, as a client finds out."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.vllm_double.kinds import KINDS
from tests.vllm_double.server import Double

ASK: dict[str, Any] = {"model": "tiny-r1", "messages": [{"role": "user", "content": "x"}], "seed": 0}
KEY = {"Authorization": "Bearer sk-test"}


async def asked(kind: str, body: dict[str, Any]) -> tuple[int, str]:
    async with Double(kind=kind) as double, aiohttp.ClientSession() as http:
        url = f"{double.base_url}/chat/completions"
        async with http.post(url, json=ASK | body, headers=KEY if kind == "openai" else {}) as response:
            return response.status, await response.text()


async def told(kind: str, path: str) -> Any:
    async with Double(kind=kind) as double, aiohttp.ClientSession() as http, http.get(double.url + path) as response:
        assert response.status == 200
        return await response.json(content_type=None) if "json" in response.content_type else await response.text()


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_thinks_in_its_own_field(kind: str) -> None:
    _, text = await asked(kind, {"stream": True})
    deltas = [json.loads(line[6:])["choices"][0]["delta"] for line in text.split("\n") if line.startswith("data: {")]
    fields = {field for delta in deltas for field in delta} - {"role", "content"}
    said = "".join(delta.get("content") or "" for delta in deltas)
    expected = KINDS[kind]
    assert fields == ({expected.reasoning} if expected.reasoning and not expected.hides_thinking else set())
    assert said.startswith("<think>\nOkay") == (kind == "plain")
    assert ("</think>" in said) == (kind == "plain")


@pytest.mark.parametrize("kind", ["llama.cpp", "ollama", "lmstudio", "plain"])
async def test_n_is_ignored_without_a_word(kind: str) -> None:
    status, text = await asked(kind, {"n": 3})
    assert (status, len(json.loads(text)["choices"])) == (200, 1)


async def test_servers_without_a_usage_send_none() -> None:
    _, text = await asked("plain", {"stream": True, "stream_options": {"include_usage": True}})
    assert "usage" not in text
    _, text = await asked("ollama", {"stream": True, "stream_options": {"include_usage": True}})
    assert text.count('"usage"') == 1


async def test_a_prompt_that_is_too_long_is_refused_in_each_ones_words() -> None:
    long = {"messages": [{"role": "user", "content": "word " * 20000}]}
    status, text = await asked("llama.cpp", long)
    assert (status, json.loads(text)["error"]["n_ctx"]) == (400, 16384)
    status, text = await asked("openai", long)
    assert (status, json.loads(text)["error"]["code"]) == (400, "context_length_exceeded")
    status, text = await asked("vllm-old", long)
    assert (status, json.loads(text)["error"]["param"]) == (400, "input_tokens")


async def test_llama_cpp_tells_its_pace() -> None:
    _, text = await asked("llama.cpp", {})
    assert json.loads(text)["timings"]["predicted_n"] == json.loads(text)["usage"]["completion_tokens"]


async def test_routes_tell_kinds_apart() -> None:
    assert (await told("llama.cpp", "/props"))["default_generation_settings"]["n_ctx"] == 16384
    assert await told("llama.cpp", "/health") == {"status": "ok"}
    assert (await told("ollama", "/api/version")).keys() == {"version"}
    assert (await told("lmstudio", "/api/v0/models"))["data"][0]["loaded_context_length"] == 16384
    assert (await told("sglang", "/get_model_info"))["is_generation"] is True
    assert (await told("vllm-old", "/version"))["version"].startswith("0.10")


async def test_openai_wants_a_key_and_its_own_fields() -> None:
    async with Double(kind="openai") as double, aiohttp.ClientSession() as http:
        response = await http.get(f"{double.base_url}/models")
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "invalid_api_key"
    for body, code in (({"max_tokens": 5}, "unsupported_parameter"), ({"thinking_token_budget": 5}, None)):
        status, text = await asked("openai", body)
        assert (status, json.loads(text)["error"]["code"]) == (400, code)
    status, text = await asked("openai", {"max_completion_tokens": 500})
    assert status == 200
    assert json.loads(text)["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0


async def test_loading_is_refused_by_some_and_told_by_others() -> None:
    async with Double(kind="llama.cpp") as double, aiohttp.ClientSession() as http:
        await double.load()
        async with http.get(f"{double.url}/health") as response:
            assert response.status == 503
        await double.ready()
        async with http.get(f"{double.url}/health") as response:
            assert response.status == 200
    async with Double() as double, aiohttp.ClientSession() as http:
        await double.load()
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"{double.url}/health")
        await double.ready()
        async with http.get(f"{double.url}/health") as response:
            assert response.status == 200
