"""Strategies on a server: every one comes to an end, and what is cancelled stops there, too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.search import Search
from tests.models.contract.talk import Talk
from tests.vllm_double import Double
from tui_aide.engine.engine import Settings
from tui_aide.engine.strategies import STRATEGIES
from tui_aide.models.chat import Sampling
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.tree import events as ev

SMALL = Settings(workers=4, slots=2, sampling=Sampling(max_tokens=160))
SPECS = {
    **dict.fromkeys(STRATEGIES, ""),
    "best-of-n": "(n=3)",
    "self-consistency": "(n=3)",
    "verifier": "(n=2)",
    "tree-of-thoughts": "(breadth=2,depth=1)",
    "budget-forcing": "(maximum=80,minimum=40)",
    "planner": "(n=2)",
}


async def searched(talk: Talk, path: Path, strategy: str, nodes: int = 1) -> Search:
    model = OpenAICompatibleModel(talk.url)
    search = Search(path, ev.Budget(nodes=nodes), SMALL, model=model, strategy=strategy)
    try:
        await search.run()
    finally:
        await model.aclose()
    return search


@pytest.mark.parametrize("name", SPECS)
async def test_each_ends_with_a_verdict_and_leaves_nothing_running(talk: Talk, tmp_path: Path, name: str) -> None:
    search = await searched(talk, tmp_path, f"{name}{SPECS[name]}")
    assert search.tree.status == "finished", search.tree.status_reason
    node = search.tree.nodes[0]
    assert node.verdict is not None
    assert node.samples >= 1
    assert node.tokens.prompt > 0
    assert node.tokens.reasoning + node.tokens.answer > 0
    await talk.reach("num_requests_running", 0, seconds=3)


async def test_a_stop_ends_all_candidates_on_the_server(talk: Talk, tmp_path: Path) -> None:
    model = OpenAICompatibleModel(talk.url)
    settings = Settings(workers=4, slots=1, sampling=Sampling(max_tokens=3000))
    search = Search(tmp_path, ev.Budget(nodes=1), settings, model=model, strategy="best-of-n(n=4)+preflight")
    running = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.SampleStarted) and e.candidate == 3)
    await asyncio.sleep(0.2)
    search.engine.stop("enough")
    await running
    await talk.reach("num_requests_running", 0, seconds=3)
    await model.aclose()
    assert search.tree.status == "stopped"


async def test_who_is_outrun_stops_on_the_server_while_the_winner_goes_on(tmp_path: Path) -> None:
    code = "# score 0.5\nwith open('submission.csv', 'w') as file:\n    file.write('id,y')\n"

    def write(messages: list[dict[str, str]], seed: int) -> tuple[str, str]:
        short = len(fast) < 2
        fast.append(seed)
        return " ".join(["hm"] * (600 if short else 50_000)), f"A plan.\n\n```python\n{code}```\n"

    fast: list[int] = []
    async with Double(tokens_per_second=3000, max_num_seqs=16, write=write) as double:
        model = OpenAICompatibleModel(double.url)
        settings = Settings(workers=8, slots=2)
        search = Search(tmp_path, ev.Budget(nodes=1), settings, model=model, strategy="best-of-n(n=6,keep=2)")
        async with asyncio.timeout(20):
            await search.run()
        await model.aclose()
        node = search.tree.nodes[0]
        assert node.valid
        assert node.executions == 2
        lost = [c for c in node.candidates.values() if c.verdict == "cancelled"]
        assert len(lost) == 4
        assert all(0 < c.tokens.reasoning < 20_000 for c in lost), [c.tokens for c in lost]
        async with asyncio.timeout(3):
            while double.engine.running:
                await asyncio.sleep(0.02)
