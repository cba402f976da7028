"""What a server tells of itself: models, version, tokens, metrics, request ids."""

from __future__ import annotations

import asyncio

from tests.models.contract.talk import ASK, EVER, Talk

NAMES = (
    "num_requests_running",
    "num_requests_waiting",
    "kv_cache_usage_perc",
    "prefix_cache_queries_total",
    "prefix_cache_hits_total",
    "prompt_tokens_total",
    "prompt_tokens_cached_total",
    "generation_tokens_total",
    "num_preemptions_total",
    *(
        f"{name}_{part}"
        for name in (
            "time_to_first_token_seconds",
            "inter_token_latency_seconds",
            "request_time_per_output_token_seconds",
            "e2e_request_latency_seconds",
            "request_queue_time_seconds",
            "request_prefill_time_seconds",
            "request_decode_time_seconds",
            "request_prompt_tokens",
            "request_generation_tokens",
        )
        for part in ("sum", "count")
    ),
)


async def test_the_list_of_models_tells_the_context(talk: Talk) -> None:
    listed = await talk.get("/v1/models")
    assert listed["object"] == "list"
    (model,) = listed["data"]
    assert list(model) == ["id", "object", "created", "owned_by", "root", "parent", "max_model_len", "permission"]
    assert (model["id"], model["owned_by"], model["max_model_len"]) == ("tiny-r1", "vllm", 16384)


async def test_health_version_and_load(talk: Talk) -> None:
    assert await talk.send("GET", "/health") == (200, "")
    assert await talk.send("GET", "/ping") == (200, "")
    assert await talk.get("/version") == {"version": "0.32.0"}
    assert await talk.get("/load") == {"server_load": 0}


async def test_tokens_are_counted_and_turned_back(talk: Talk) -> None:
    text = "import numpy as np\n\nprint('Größe', 3.14)  # ✓\n"
    found = await talk.post("/tokenize", {"model": "tiny-r1", "prompt": text, "add_special_tokens": False})
    assert list(found) == ["count", "max_model_len", "tokens", "token_strs"]
    assert found["count"] == len(found["tokens"])
    assert found["token_strs"] is None
    assert await talk.post("/detokenize", {"model": "tiny-r1", "tokens": found["tokens"]}) == {"prompt": text}


async def test_a_chat_is_tokenized_as_the_template_makes_it(talk: Talk) -> None:
    turns = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "<think>\nx\n</think>\n\nans"},
        {"role": "user", "content": "b </think> <｜User｜>"},
    ]
    body = {"model": "tiny-r1", "messages": turns}
    for more, end in (({}, "<｜Assistant｜><think>\n"), ({"add_generation_prompt": False}, "")):
        tokens = (await talk.post("/tokenize", body | more))["tokens"]
        assert (await talk.post("/detokenize", {"model": "tiny-r1", "tokens": tokens}))["prompt"] == (
            "<｜begin▁of▁sentence｜>S<｜User｜>a<｜Assistant｜>\n\nans<｜end▁of▁sentence｜>"
            f"<｜User｜>b </think> <｜User｜>{end}"
        )
    one = {"model": "tiny-r1", "messages": ASK["messages"]}
    assert (await talk.post("/tokenize", one))["count"] == (await talk.chat(max_tokens=1))["usage"]["prompt_tokens"]


async def test_special_tokens_in_a_users_text_become_real_ones(talk: Talk) -> None:
    for special in ("</think>", "<think>", "<｜User｜>", "<｜end▁of▁sentence｜>"):
        body = {"model": "tiny-r1", "prompt": special, "add_special_tokens": False}
        disarmed = body | {"prompt": f"{special[0]}\u200b{special[1:]}"}
        assert (await talk.post("/tokenize", body))["count"] == 1
        assert (await talk.post("/tokenize", disarmed))["count"] > 1


async def test_a_request_id_comes_back(talk: Talk) -> None:
    status, text = await talk.send(
        "POST", "/v1/chat/completions", ASK | {"max_tokens": 1}, **{"X-Request-Id": "node-17"}
    )
    assert (status, '"id":"chatcmpl-node-17"' in text) == (200, True)
    assert (await talk.chat(max_tokens=1, request_id="node-18-a"))["id"] == "chatcmpl-node-18-a"


async def test_all_metrics_are_there_under_their_names(talk: Talk) -> None:
    await talk.chat(max_tokens=3)
    for name in NAMES:
        assert await talk.metric(name) >= 0
    for reason in ("stop", "length", "abort", "error"):
        assert await talk.metric("request_success_total", finished_reason=reason) >= 0
    assert "vllm:cache_config_info{" in await talk.metrics()


async def test_tokens_of_prompt_and_answer_are_counted(talk: Talk) -> None:
    names = ("prompt_tokens_total", "generation_tokens_total", "prefix_cache_queries_total")
    before = [await talk.metric(name) for name in names]
    succeeded = await talk.metric("request_success_total", finished_reason="length")
    usage = (await talk.chat(n=2, max_tokens=10))["usage"]
    await talk.reach("generation_tokens_total", before[1] + 20)
    assert await talk.metric(names[0]) == before[0] + 2 * usage["prompt_tokens"]
    assert await talk.metric(names[2]) == before[2] + 2 * usage["prompt_tokens"]
    assert await talk.metric("request_success_total", finished_reason="length") == succeeded + 2


async def test_a_prompt_seen_before_is_cached_in_blocks(talk: Talk) -> None:
    told = "".join(f"{word} stands here. " for word in ("salt", "iron", "moss", "clay") * 120)
    before = await talk.metric("prefix_cache_hits_total")
    turns = {"messages": [{"role": "user", "content": told}], "max_tokens": 1}
    first, second = [(await talk.chat(**turns))["usage"] for _ in range(2)]
    assert first["prompt_tokens_details"]["cached_tokens"] in (0, second["prompt_tokens_details"]["cached_tokens"])
    cached = second["prompt_tokens_details"]["cached_tokens"]
    assert 0.8 * second["prompt_tokens"] < cached < second["prompt_tokens"]
    assert cached % 16 == 0
    assert await talk.metric("prefix_cache_hits_total") >= before + cached


async def test_running_requests_hold_cache_and_others_wait(talk: Talk) -> None:
    assert await talk.metric("kv_cache_usage_perc") == 0
    tasks = [asyncio.create_task(talk.chat(**EVER)) for _ in range(18)]
    await talk.reach("num_requests_running", 16)
    await talk.reach("num_requests_waiting", 2)
    assert await talk.metric("num_requests_waiting_by_reason", reason="capacity") == 2
    assert 0 < await talk.metric("kv_cache_usage_perc") < 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await talk.reach("num_requests_waiting", 0)
    await talk.reach("num_requests_running", 0)


async def test_lower_priority_goes_first_in_the_queue(talk: Talk) -> None:
    blockers = [asyncio.create_task(talk.chat(**EVER)) for _ in range(16)]
    await talk.reach("num_requests_running", 16)
    done: list[int] = []

    async def queued(priority: int) -> None:
        await talk.stream(**EVER | {"max_tokens": 100}, priority=priority)
        done.append(priority)

    tasks = [asyncio.create_task(queued(9))]
    await talk.reach("num_requests_waiting", 1)
    tasks += [asyncio.create_task(queued(priority)) for priority in (0,) * 31]
    await talk.reach("num_requests_waiting", 32)
    tasks.append(asyncio.create_task(queued(-5)))
    await talk.reach("num_requests_waiting", 33)
    for blocker in blockers:
        blocker.cancel()
    await asyncio.gather(*blockers, return_exceptions=True)
    await asyncio.gather(*tasks)
    assert done[-1] == 9
    assert -5 in done[:16]
