"""What becomes of a script that did not end by itself: which verdict, and whether it runs again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from tests.doubles import SleepingExecutor
from tests.engine.answering import Answers, script
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.execution.executor import EndReason, Execution, Outcome, Usage
from tui_aide.tree import events as ev


class Ending(SleepingExecutor):
    """Ends runs for given reasons, one after the other; then as a sleeping executor does."""

    def __init__(self, *reasons: EndReason, printed: str = "") -> None:
        super().__init__()
        self.reasons = list(reasons)
        self.printed = printed
        self.found: list[list[str]] = []

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        self.found.append(sorted(p.name for p in execution.folder.iterdir()))
        if not self.reasons:
            return await super().run(execution, on_usage)
        (execution.folder / "half-done").touch()
        with execution.output.open("a") as file:
            file.write(self.printed)
        reason = self.reasons.pop(0)
        return Outcome(reason, 1 if reason == "exited" else None, 0.1, 0.0, 1000, f"the end: {reason}")


async def searched(path: Path, executor: SleepingExecutor, strategy: str = "single", nodes: int = 1) -> Search:
    model = Answers({"": [script("score 0.5")]})
    search = Search(
        path, ev.Budget(nodes=nodes), Settings(workers=1, slots=1), model=model, executor=executor, strategy=strategy
    )
    await search.run()
    return search


async def test_a_lost_run_is_done_again_once_in_a_fresh_folder(tmp_path: Path) -> None:
    executor = Ending("lost")
    search = await searched(tmp_path, executor)
    assert search.tree.nodes[0].verdict == "valid"
    assert executor.found == [["input", "solution.py", "working"]] * 2
    reasons = [e.reason for e in search.events() if isinstance(e, ev.ExecutionFinished)]
    assert reasons == ["lost", "exited"]
    assert "the end: lost; it runs once more" in (search.folder.node(0) / "output.log").read_text()


async def test_a_run_that_is_lost_twice_has_failed(tmp_path: Path) -> None:
    executor = Ending("lost", "lost", "lost")
    search = await searched(tmp_path, executor)
    assert (search.tree.nodes[0].verdict, search.tree.nodes[0].message) == ("crash", "the end: lost")
    assert len(executor.reasons) == 1


@pytest.mark.parametrize("reason", ["output_limit", "disk_full", "out_of_memory", "timeout"])
async def test_each_limit_is_a_verdict_that_a_strategy_mends(tmp_path: Path, reason: EndReason) -> None:
    search = await searched(tmp_path / "alone", Ending(reason))
    assert search.tree.nodes[0].verdict == reason
    used = "" if reason == "out_of_memory" else ": peak 0 MB of memory, 0.0 s of CPU in 0.1 s"
    assert search.tree.nodes[0].message == f"the end: {reason}{used}"
    mended = await searched(tmp_path / "mended", Ending(reason), "self-debugging(rounds=1)")
    assert mended.tree.nodes[0].verdict == "valid"


async def test_what_the_user_killed_is_not_mended_nor_debugged(tmp_path: Path) -> None:
    executor = Ending("killed")
    search = await searched(tmp_path, executor, "self-debugging(rounds=2)", nodes=2)
    assert search.tree.nodes[0].verdict == "killed"
    assert search.tree.nodes[1].operator == "draft"
    assert not search.tree.nodes[0].buggy
    assert len(executor.found) == 2


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("OSError: [Errno 27] File too large", "disk_full"),
        ("OSError: [Errno 122] Disk quota exceeded: 'x'", "disk_full"),
        ("MemoryError: Unable to allocate", "out_of_memory"),
        ("OSError: [Errno 5] Input/output error", "crash"),
    ],
)
async def test_what_a_traceback_says_of_memory_and_disk_counts(tmp_path: Path, line: str, verdict: str) -> None:
    printed = f"Traceback (most recent call last):\n  File x, line 1\n{line}\n"
    search = await searched(tmp_path, Ending("exited", printed=printed))
    assert (search.tree.nodes[0].verdict, search.tree.nodes[0].message) == (verdict, line)


async def test_killing_reaches_the_runs_of_one_node_only(tmp_path: Path) -> None:
    class Killable(SleepingExecutor):
        asked: ClassVar[list[Execution]] = []

        def kill(self, execution: Execution) -> None:
            self.asked.append(execution)

    executor = Killable(0.3)
    model = Answers({"": [script("score 0.5")]})
    search = Search(tmp_path, ev.Budget(nodes=2), Settings(workers=2, slots=2), model=model, executor=executor)
    running = asyncio.create_task(search.run())
    async with asyncio.timeout(10):
        while executor.running < 2:
            await asyncio.sleep(0.01)
    evaluator = search.evaluator
    assert evaluator.kill(1) == 1
    assert [e.folder.parent.name for e in executor.asked] == ["0001"]
    await running
    assert evaluator.kill(1) == 0
