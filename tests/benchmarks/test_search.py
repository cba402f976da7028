"""Whole searches with the imperfect coder: over HTTP, with the real engine, executor and scorer."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from benchmarks.equal_compute import parse_ways
from benchmarks.imperfect.report import Results, Trial, markdown
from benchmarks.imperfect.search import Arena, Outcome, Way, by_nodes, by_tokens
from benchmarks.imperfect.server import CoderServer
from tui_aide.errors import UsageError

AIDE = Way("aide", "single", "greedy")


@pytest.mark.slow
async def test_a_search_runs_scripts_once_and_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "task").mkdir()
    arena = Arena("friedman", tmp_path / "task", tmp_path / "cache")
    arena.poorest, arena.best = 0.886, 0.256  # measuring the whole bank takes half a minute
    async with CoderServer() as server:
        first = await arena.search(AIDE, server.url, "32b@friedman@1", 1, by_nodes(6))
        real = arena.executor.real
        again = await arena.search(AIDE, server.url, "32b@friedman@1", 1, by_nodes(6))
        bounded = await arena.search(AIDE, server.url, "32b@friedman@1", 1, by_tokens(first.tokens))
    await arena.executor.aclose()
    assert (first.nodes, first.failure) == (6, "")
    assert first.executions > 0
    assert arena.executor.real == real
    assert (again.good, again.tokens, again.verdicts) == (first.good, first.tokens, first.verdicts)
    assert bounded.tokens <= first.tokens * 1.2


async def test_the_server_lists_refuses_streams_and_calls() -> None:
    async with CoderServer(task="digits") as server, aiohttp.ClientSession() as client:
        async with client.get(f"{server.url}/models") as got:
            assert [m["id"] for m in (await got.json())["data"]][:3] == ["7b", "14b", "32b"]
        asked = {"model": "32b", "messages": [{"role": "user", "content": "# Your turn: a first draft"}], "seed": 4}
        async with client.post(f"{server.url}/chat/completions", json=asked | {"n": 3}) as got:
            whole = await got.json()
        assert len(whole["choices"]) == 3
        assert whole["usage"]["completion_tokens"] > whole["usage"]["completion_tokens_details"]["reasoning_tokens"]
        async with client.post(f"{server.url}/chat/completions", json=asked | {"max_tokens": 20}) as got:
            short = await got.json()
        assert short["choices"][0]["finish_reason"] == "length"
        assert short["usage"]["completion_tokens"] == 20
        async with client.post(f"{server.url}/chat/completions", json=asked | {"stream": True}) as got:
            lines = (await got.text()).strip().split("\n\n")
        assert lines[-1] == "data: [DONE]"
        assert '"usage"' in lines[-2]
        async with client.post(f"{server.url}/chat/completions", json=asked | {"model": "70b"}) as got:
            assert got.status == 404
        tool = {"type": "function", "function": {"name": "submit_review", "parameters": {}}}
        async with client.post(f"{server.url}/chat/completions", json=asked | {"tools": [tool]}) as got:
            message = (await got.json())["choices"][0]["message"]
        assert message["tool_calls"][0]["function"]["name"] == "submit_review"


async def test_a_cut_answer_goes_on_where_it_was_cut_and_disturbs_no_other() -> None:
    first = "# Your turn: a first draft"
    async with CoderServer(task="digits") as server, aiohttp.ClientSession() as client:

        async def ask(prompt: str, **more: int) -> tuple[str, str]:
            body = {"model": "32b", "messages": [{"role": "user", "content": prompt}], "seed": 4, **more}
            async with client.post(f"{server.url}/chat/completions", json=body) as got:
                choice = (await got.json())["choices"][0]
            return choice["message"]["content"], choice["finish_reason"]

        whole, end = await ask(first)
        assert end == "stop"
        assert "```python" in whole
        limit = 200
        while len((await ask(first, max_tokens=limit))[0]) < 400:
            limit += 40
        cut, end = await ask(first, max_tokens=limit)
        assert end == "length"
        rest, end = await ask(f"{first}\n\n# The rest of your answer\n\nIt ended with:\n\n{cut[-2000:]}\n\nGo on.")
        assert (cut + rest, end) == (whole, "stop")
        other = f"# Your turn: repair this script\n\nIt failed: x\n\n```python\n{whole}```\n"
        assert (await ask(other))[0] != rest


def outcome(score: float) -> Outcome:
    return Outcome(
        valid=score > 0, score=score, first=1 if score else None, nodes=4, good=2, tokens=10, completion=5,
        executions=3, seconds=1.0, verdicts={"valid": 2, "crash": 2},
    )  # fmt: skip


def test_the_report_pairs_by_task_and_seed() -> None:
    ways = [AIDE, Way("other", "single", "greedy(drafts=9)")]
    trials = [
        Trial(way.name, "7b", task, seed, outcome(0.1 * seed + (0.5 if way.name == "other" else 0.0)))
        for way in ways
        for task in ("a", "b")
        for seed in range(4)
    ]
    report = markdown(Results(trials, ways), {"7b": {"a": 1000, "b": 2000}})
    assert "| 7b | other | 100.0 (100.0 to 100.0) |" in report
    assert "| 7b | other | +25.0 (+0.0 to +62.5) | +0.500 (+0.500 to +0.500) |" in report


def test_ways_are_told_by_name_or_by_specs() -> None:
    named, own = parse_ways("aide; mine: preflight(rounds=1), greedy(drafts=2,debug_depth=1)")
    assert named.policy == "greedy"
    assert own == Way("mine", "preflight(rounds=1)", "greedy(drafts=2,debug_depth=1)")
    with pytest.raises(UsageError, match="not known"):
        parse_ways("nonsense")
