"""The budget of execution time: seconds are counted as they pass, of all scripts together, also of those stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tests.doubles import SleepingExecutor, SleepingModel
from tests.engine.answering import Answers, script, searched
from tests.engine.search import Search
from tui_aide.engine import making
from tui_aide.engine.engine import Settings
from tui_aide.errors import ModelError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens


class Timed(SleepingExecutor):
    """Runs each script for the seconds that its first line ends with, or until its limit, in true time."""

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        wanted = float((execution.folder / "solution.py").read_text().split("\n")[0].split()[-1])
        begun = time.monotonic()
        await asyncio.sleep(min(wanted, execution.seconds))
        done = await super().run(execution, on_usage)
        late = wanted > execution.seconds
        reason, code = ("timeout", None) if late else (done.reason, done.returncode)
        return Outcome(reason, code, time.monotonic() - begun, 0.0, 0, "")


async def limited(path: Path, strategy: str, answer: str, seconds: float, nodes: int, slots: int = 4) -> Search:
    search = Search(
        path,
        ev.Budget(execution_seconds=seconds, nodes=nodes),
        Settings(workers=4, slots=slots),
        model=Answers({"": [script(answer)]}),
        executor=Timed(),
        strategy=strategy,
    )
    await search.run()
    return search


async def test_scripts_that_run_side_by_side_share_what_is_left(tmp_path: Path) -> None:
    search = await limited(tmp_path, "best-of-n(n=4)", "score 0.5 30", 1.0, 1)
    assert 0.9 < search.tree.execution_seconds < 1.6
    assert search.tree.nodes[0].verdict == "cancelled"
    assert "execution time ended" in search.tree.nodes[0].message


async def test_nodes_that_run_side_by_side_share_it_too(tmp_path: Path) -> None:
    search = await limited(tmp_path, "single", "score 0.5 30", 1.0, 4)
    assert search.tree.execution_seconds < 1.8
    assert not search.executor.running


async def test_what_a_node_in_flight_has_spent_is_not_there_for_another(tmp_path: Path) -> None:
    search = await limited(tmp_path, "best-of-n(n=8)", "score 0.5 0.2", 1.0, 2, slots=2)
    assert search.tree.execution_seconds < 1.5


async def test_a_script_that_is_stopped_has_cost_what_it_ran(tmp_path: Path) -> None:
    answers = {"": [script("score 0.5 0.4"), script("score 0.5 30")]}
    search, _ = await searched(tmp_path, "self-consistency(n=3,select=first)", answers, executor=Timed())
    node = search.tree.nodes[0]
    assert node.valid
    assert 1.1 < node.execution_seconds < 2.5
    assert node.candidates[2].execution_seconds > 0.3
    assert search.engine.ledger.execution_seconds == pytest.approx(node.execution_seconds)


async def test_what_a_model_streamed_before_it_was_lost_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_MODEL_PAUSES", (0.0,))

    class Torn(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            self.requests.append(request)
            yield Delta("reasoning", "half a thought", 1000)
            if len(self.requests) == 1:
                raise ModelError("the connection broke")
            yield Delta("answer", script("score 1"), 5)
            yield Finish("stop", Tokens(10, 1000, 5))

    search = Search(tmp_path, ev.Budget(nodes=1), model=Torn())
    await search.run()
    node = search.tree.nodes[0]
    assert node.valid
    assert node.tokens.reasoning == 2000
    assert search.engine.ledger.tokens == node.tokens.total


async def test_a_script_that_dies_slowly_is_stopped_once(tmp_path: Path) -> None:
    """The second one's end sets the clock anew, while the first is still being killed."""
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context))

    class Dying(Timed):
        async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
            slow = not self.executions
            self.executions.append(execution)
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.6 if slow else 0.0)
            raise AssertionError

    search = Search(
        tmp_path,
        ev.Budget(execution_seconds=0.5, nodes=1),
        Settings(workers=4, slots=4),
        model=Answers({"": [script("score 0.5")]}),
        executor=Dying(),
        strategy="best-of-n(n=3)",
    )
    await search.run()
    assert not errors
    assert search.tree.nodes[0].verdict == "cancelled"
