"""Another strategy or policy while the search runs, recorded, and kept by a resumed search."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.engine.answering import Answers, script
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.engine.presets import PRESETS
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev


async def test_new_nodes_are_made_by_the_new_strategy(tmp_path: Path) -> None:
    model = Answers({"": [script("score 1")]}, pause=lambda request: 0.02)
    search = Search(tmp_path, ev.Budget(nodes=6), Settings(workers=1, slots=1), model=model)
    running = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    reply = search.steering.do(cm.SetStrategy(spec="best-of-n(n=2)+preflight"))
    assert reply.accepted
    assert reply.message == "strategy of new nodes: best-of-n(n=2)+preflight"
    reply = search.steering.do(cm.SetPolicy(spec="mcts"))
    assert (reply.accepted, reply.message) == (True, "policy from now on: mcts")
    wrong = search.steering.do(cm.SetStrategy(spec="best-of-m"))
    assert not wrong.accepted
    assert wrong.message.startswith("'best-of-m' is not known. Did you mean 'best-of-n'?")
    assert not search.steering.do(cm.SetPolicy(spec="mcts(exploration=-1)")).accepted
    await running
    strategies = [n.strategy for n in search.tree.nodes.values()]
    assert strategies[0] == "single"
    assert strategies[-1] == "best-of-n(n=2)+preflight"
    assert (search.tree.strategy, search.tree.policy) == ("best-of-n(n=2)+preflight", "mcts")
    commands = [e for e in search.events() if isinstance(e, ev.CommandReceived)]
    assert [c.accepted for c in commands] == [True, True, False, False]

    again = Search(tmp_path, ev.Budget(nodes=8))
    assert (again.tree.strategy, again.tree.policy) == ("best-of-n(n=2)+preflight", "mcts")
    again.store.close()


async def test_a_preset_sets_both(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1), model=Answers({"": [script("score 1")]}))
    preset = PRESETS["recommended"]
    reply = search.steering.do(cm.SetStrategy(spec="recommended"))
    assert reply.accepted
    assert "; policy: " in reply.message
    assert search.tree.policy == preset.policy
    await search.run()
    assert search.tree.nodes[0].strategy == search.tree.strategy
