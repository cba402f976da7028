"""What a streamed chat is made of."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.models.contract.talk import EVER, Talk

USAGE = {"include_usage": True}
ALWAYS = {"include_usage": True, "continuous_usage_stats": True}


async def test_a_chat_thinks_first_and_then_answers(talk: Talk) -> None:
    stream = await talk.stream()
    first, *rest = stream.of()
    assert first["delta"] == {"role": "assistant", "content": ""}
    kinds = [next(iter(choice["delta"]), "") for choice in rest]
    turn = kinds.index("content")
    assert set(kinds[:turn]) == {"reasoning"}
    assert set(kinds[turn:]) == {"content"}
    assert stream.text("reasoning").endswith("\n")
    assert stream.text("content").startswith("\n\n")
    assert "</think>" not in stream.text("content")
    assert rest[-1]["delta"] == {"content": ""}
    assert stream.finish() == "stop"
    assert rest[-1]["stop_reason"] is None


async def test_all_chunks_of_a_stream_name_the_same_completion(talk: Talk) -> None:
    chunks = (await talk.stream(max_tokens=5)).chunks
    assert {(c["id"], c["object"], c["model"]) for c in chunks} == {
        (chunks[0]["id"], "chat.completion.chunk", "tiny-r1")
    }
    assert chunks[0]["id"].startswith("chatcmpl-")
    assert [key for key in chunks[0] if key != "usage"] == [
        "id", "object", "created", "model", "choices", "prompt_token_ids", "prompt_text",
    ]  # fmt: skip
    assert ["system_fingerprint" in chunk for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


async def test_a_stream_says_what_a_whole_completion_says(talk: Talk) -> None:
    stream, message = await talk.stream(), await talk.message()
    assert stream.text("reasoning") == message["reasoning"]
    assert stream.text("content") == message["content"]
    assert list(message) == ["role", "content", "refusal", "annotations", "audio", "function_call", "reasoning"]


async def test_the_end_of_thinking_is_an_empty_delta_where_token_ids_are_wanted(talk: Talk) -> None:
    stream = await talk.stream(return_token_ids=True)
    close = (await talk.post("/tokenize", {"model": "tiny-r1", "prompt": "</think>", "add_special_tokens": False}))[
        "tokens"
    ]
    assert stream.chunks[0]["prompt_token_ids"]
    assert [choice["delta"] for choice in stream.of() if choice.get("token_ids") == close] == [{}]
    silent = await talk.stream()
    assert all(choice["delta"] for choice in silent.of())


async def test_usage_comes_last_without_choices(talk: Talk) -> None:
    plain, told = await talk.stream(max_tokens=9), await talk.stream(max_tokens=9, stream_options=USAGE)
    assert not any(chunk.get("usage") for chunk in plain.chunks)
    *before, last = told.chunks
    assert not any(chunk.get("usage") for chunk in before)
    assert last["choices"] == []
    usage = last["usage"]
    assert usage["completion_tokens"] == 9
    assert usage["total_tokens"] == usage["prompt_tokens"] + 9
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 0}
    assert list(usage["prompt_tokens_details"]) == ["cached_tokens", "created_cache_tokens"]
    assert set(last["metrics"]) >= {"time_to_first_token_ms", "queue_time_ms", "tokens_per_second"}


async def test_continuous_usage_counts_the_tokens_of_each_choice(talk: Talk) -> None:
    stream = await talk.stream(n=2, max_tokens=30, stream_options=ALWAYS)
    assert all(chunk["usage"] for chunk in stream.chunks)
    for index in (0, 1):
        own = [
            c["usage"]["completion_tokens"] for c in stream.chunks if c["choices"] and c["choices"][0]["index"] == index
        ]
        assert own[0] == 0
        assert own == sorted(own)
        assert own[-1] == 30
    assert stream.chunks[-1]["usage"]["completion_tokens"] == 60


async def test_the_end_of_the_answer_counts_as_a_token(talk: Talk) -> None:
    stream = await talk.stream(stream_options=ALWAYS, return_token_ids=True)
    ids = [token for choice in stream.of()[1:] for token in choice["token_ids"] or []]
    assert stream.chunks[-1]["usage"]["completion_tokens"] == len(ids)


async def test_choices_come_interleaved_and_each_begins_and_ends_for_itself(talk: Talk) -> None:
    stream = await talk.stream(n=3, stream_options=USAGE)
    indexes = [chunk["choices"][0]["index"] for chunk in stream.chunks if chunk["choices"]]
    assert indexes[:3] == [0, 1, 2]
    changes = sum(a != b for a, b in pairwise(indexes))
    assert changes > 10
    for index in range(3):
        assert stream.of(index)[0]["delta"] == {"role": "assistant", "content": ""}
        assert not any("role" in choice["delta"] for choice in stream.of(index)[1:])
        assert stream.finish(index) == "stop"
    assert len({chunk["id"] for chunk in stream.chunks}) == 1


async def test_choice_i_is_drawn_from_seed_plus_i(talk: Talk) -> None:
    together = await talk.chat(n=3, seed=40)
    alone = [await talk.chat(seed=40 + i) for i in range(3)]
    assert [c["message"] for c in together["choices"]] == [one["choices"][0]["message"] for one in alone]
    assert together["usage"]["completion_tokens"] == sum(one["usage"]["completion_tokens"] for one in alone)
    assert together["usage"]["prompt_tokens"] == alone[0]["usage"]["prompt_tokens"]


async def test_a_seed_repeats_itself_beside_others(talk: Talk) -> None:
    wanted = await talk.message(seed=11)
    found = await asyncio.gather(*(talk.message(seed=11 if i % 2 else None) for i in range(8)))
    assert found[1::2] == [wanted] * 4
    texts = {(await talk.message(seed=seed, max_tokens=20))["reasoning"] for seed in range(12)}
    assert len(texts) > 1


async def test_headers_come_before_the_first_token(talk: Talk) -> None:
    async with talk.http.post(talk.url + "/v1/chat/completions", json={"model": "tiny-r1"}) as response:
        assert response.status == 400
    blockers = [asyncio.create_task(talk.chat(**EVER)) for _ in range(16)]
    await talk.reach("num_requests_running", 16)
    body = {"model": "tiny-r1", "messages": [{"role": "user", "content": "x"}], "stream": True, "max_tokens": 1}
    async with talk.http.post(talk.url + "/v1/chat/completions", json=body) as response:
        assert response.status == 200
        await talk.reach("num_requests_waiting", 1)
        for blocker in blockers:
            blocker.cancel()
        assert (await response.text()).endswith("data: [DONE]\n\n")
    await asyncio.gather(*blockers, return_exceptions=True)
