"""A user's kill of running scripts: what it ends, what it leaves alone, and what is said where nothing runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.answering import Answers, script
from tests.engine.ending import RealSearch
from tests.engine.ending import script as line
from tests.engine.search import Search
from tui_aide.engine.best import Ending
from tui_aide.engine.engine import Settings
from tui_aide.engine.live import LiveNode
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.recall import propose
from tui_aide.engine.steering import _Refused
from tui_aide.execution.executor import Usage
from tui_aide.execution.local import LocalExecutor
from tui_aide.models.chat import Limits
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev

SLEEPS = "# score 0.5\nimport time, sys\nx = bytearray(60_000_000)\nprint('begun', flush=True)\ntime.sleep(60)"
QUICK = "# score 0.7\nopen('submission.csv', 'w').write('# score 0.7')"


def test_nothing_to_kill_is_told_with_why(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1))
    assert search.steering.do(cm.Kill(node=0)).message == "there is no node #0 yet"


async def test_what_runs_is_killed_and_stays_so(tmp_path: Path) -> None:
    code = f"import time\nx = bytearray(60_000_000)\ntime.sleep(60)\n{line()}"
    search = RealSearch(tmp_path, lambda _: code)
    search.ending = Ending(ensemble=False, refit=False)
    running = asyncio.create_task(search.run())
    async with asyncio.timeout(20):
        while search.steering is None or not search.tree.nodes or search.tree.nodes[0].phase != "executing":
            await asyncio.sleep(0.02)
        while not any(now.memory > 55e6 for now in search.steering._engine.progress().running):
            await asyncio.sleep(0.02)
        reply = search.steering.do(cm.Kill(node=0))
        assert (reply.accepted, reply.message) == (True, "#0 is killed")
        await running
    node = search.tree.nodes[0]
    assert (node.verdict, node.buggy, node.cut_short) == ("killed", False, True)
    assert node.message.startswith("killed by you: peak ")
    assert node.seconds < 15
    (event,) = search.events(ev.ExecutionFinished)
    assert (event.reason, event.cpu_seconds > 0) == ("killed", True)
    assert node.peak_memory > 55e6
    assert not search.tree.failures
    with pytest.raises(_Refused, match=r"^#0 runs no script to kill: it is done \(killed\)$"):
        search.steering._do(cm.Kill(node=0))
    search.budget = ev.Budget(nodes=1)
    await search.run()
    assert search.tree.nodes[0].verdict == "killed"
    assert len(search.events(ev.ExecutionStarted)) == 1


async def test_of_a_race_one_is_killed_and_the_others_go_on(tmp_path: Path) -> None:
    search = Search(
        tmp_path,
        ev.Budget(nodes=1),
        Settings(workers=2, slots=2),
        model=Answers({"": [f"A plan.\n\n```python\n{c}\n```" for c in (SLEEPS, QUICK)]}),
        executor=LocalExecutor(),
        strategy="best-of-n(n=2)",
    )
    running = asyncio.create_task(search.run())
    sleeping = None
    async with asyncio.timeout(20):
        while sleeping is None:
            await asyncio.sleep(0.02)
            for node in search.tree.nodes.values():
                for one in node.candidates.values():
                    log = search.folder.node(0) / (f"candidates/{one.number}" if one.number else "") / "output.log"
                    if log.exists() and "begun" in log.read_text():
                        sleeping = one.number
        refused = search.steering.do(cm.Kill(node=0, candidate=7))
        assert refused.message == "#0 has no candidate 7"
        reply = search.steering.do(cm.Kill(node=0, candidate=sleeping))
        assert reply.message == f"#0 candidate {sleeping} is killed"
        await running
    node = search.tree.nodes[0]
    assert sorted(str(c.verdict) for c in node.candidates.values()) == ["killed", "valid"]
    assert (node.verdict, node.score and node.score.value) == ("valid", 0.7)


async def test_prompts_do_not_count_it_as_a_failure(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1), model=Answers({"": [script("score 0.5")]}))
    await search.run()
    search.tree.nodes[0].verdict, search.tree.nodes[0].score = "killed", None
    asked = ev.NodeCreated(node=1, parents=(), operator="draft", strategy="single", reason="", seed=0, seq=99)
    search.tree.apply(asked)
    view = search.engine.maker._view
    text = write_prompt(propose(search.tree, search.store, search.tree.nodes[1], view, Limits(1, None, 1))).markdown()
    assert "stopped by the operator while it ran, so nothing is known of it" in text
    assert "failed" not in text.partition("What other scripts did")[2].partition("#")[0]


def test_what_a_running_script_uses_is_told_as_it_is_now() -> None:
    live = LiveNode(3)
    for quarter in range(1, 9):  # a second at half a core, then one at two cores
        cpu = 0.125 * quarter if quarter <= 4 else 0.5 + 0.5 * (quarter - 4)
        live.script_uses(0, Usage(quarter / 4, 1000 * quarter, cpu, 10 * quarter, 100, 7 * quarter), 60.0)
    live.script_uses(1, Usage(1.0, 500, 1.0, 1, 1), 60.0)
    now = live.snapshot("executing", 0.0)
    assert (now.scripts, now.script_seconds, now.limit) == (2, 2.0, 60.0)
    assert now.cpu_percent == pytest.approx(300)
    assert (now.memory, now.peak_memory, now.output, now.disk) == (8500, 8500, 81, 101)
    live.script_ended(0)
    assert (now.gpu_memory, now.peak_gpu_memory) == (56, 56)
    live.script_uses(1, Usage(0.25, 400, 0.25, 1, 1, 5), 60.0)  # the next fold
    now = live.snapshot("executing", 0.0)
    assert (now.scripts, now.memory, now.peak_memory) == (1, 400, 8500)
    assert (now.gpu_memory, now.peak_gpu_memory) == (5, 56)
    assert now.cpu_percent == pytest.approx(100)
