"""Tokens are counted once each, whatever becomes of a sample, and the budget holds with many workers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.doubles import SleepingModel
from tests.engine.answering import script
from tests.engine.search import Search
from tui_aide.engine import making
from tui_aide.engine.engine import Settings
from tui_aide.errors import ContextOverflowError, ModelError, ModelRefusedError
from tui_aide.models.chat import ChatRequest, Delta, Finish, Restart, StreamItem
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

CHAINS = [
    "best-of-n(n=4,keep=2)+self-debugging+preflight",
    "self-consistency(n=4,select=first)+verifier(n=2)",
    "self-debugging+best-of-n(n=3,agree=1)+self-refine",
    "verifier(n=3)+planner(n=2)",
    "self-reflection+tree-of-thoughts+budget-forcing(minimum=20,waits=2)",
]


class Unreliable(SleepingModel):
    """Overflows, refuses, is lost, begins anew, answers with nothing, or well, by chance; keeps to `max_tokens`."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = random.Random(seed)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
        self.requests.append(request)
        fate = self.rng.random()
        if fate < 0.06:
            raise ContextOverflowError("too long")
        if fate < 0.1:
            raise ModelRefusedError("too odd")
        most = min(60, request.sampling.max_tokens or 60)
        if most < 20:
            yield Delta("reasoning", "Hm.", most)
            yield Finish("length", Tokens(self._prompt(request), most, 0))
            return
        await asyncio.sleep(self.rng.random() * 0.01)
        yield Delta("reasoning", "Hm.", 5)
        await asyncio.sleep(self.rng.random() * 0.01)
        if fate < 0.14:
            raise ModelError("lost")
        void = 0
        if fate < 0.2:
            yield Restart("it went away")
            yield Delta("reasoning", "Hm.", 5)
            void = self.rng.choice((0, 5))  # the server that ends it may be another
        answer = self.rng.choice([script(f"score {self.rng.random():.4f}"), script("crash"), "A poem.", "{}"])
        yield Delta("answer", answer, 10)
        yield Finish("stop", Tokens(self._prompt(request), 5 + void, 10))

    def _prompt(self, request: ChatRequest) -> int:
        return len(request.messages[0].content) // 4


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("tokens", [None, 30_000])
async def test_every_token_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: str, tokens: int | None
) -> None:
    monkeypatch.setattr(making, "_MODEL_PAUSES", (0.0,) * 20)
    monkeypatch.setattr(making, "_REFUSALS", 1000)
    search = Search(
        tmp_path,
        ev.Budget(nodes=12, tokens=tokens),
        Settings(workers=16, slots=4),
        model=Unreliable(len(chain)),
        strategy=chain,
    )
    await search.run()
    assert search.tree.status == "finished", search.tree.status_reason
    spent = sum(e.tokens.total for e in search.events() if isinstance(e, ev.SampleFinished))
    ledger = search.engine.ledger
    assert ledger.tokens == spent == search.tree.tokens.total
    assert ledger._in_flight == 0
    for node in search.tree.nodes.values():
        assert node.done
        assert sum(t.total for t in node.costs.values()) == node.tokens.total
        assert sum(c.chosen for c in node.candidates.values()) <= 1
        if node.verdict == "valid":
            assert node.score is not None
            assert search.store.read(node.id, "solution.py").startswith(f"# score {node.score.value:.4f}")
    if tokens is not None:
        assert ledger.tokens <= tokens
    left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
    assert not left
