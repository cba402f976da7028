"""What deaths, refusals and broken parts may not take from a search."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import pytest

from tests.doubles import FirstLineScorer, SleepingExecutor, SleepingModel
from tests.engine.search import Search
from tui_aide.engine import making as making_module
from tui_aide.engine.engine import Settings
from tui_aide.engine.policies import Choice
from tui_aide.errors import ModelError, ModelRefusedError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


async def test_branch_asked_for_before_a_stop_is_there_after_resume(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.01))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    search.steering.do(cm.Pause())
    assert search.steering.do(cm.Edit(node=0, code="# score 7.5\n")).accepted
    assert search.steering.do(cm.Branch(node=0, instruction="use trees")).accepted
    search.steering.do(cm.Stop())
    await task
    again = Search(tmp_path, ev.Budget(nodes=8))
    await again.run()
    by_operator = {n.operator: n for n in again.tree.nodes.values()}
    assert by_operator["edit"].score is not None
    assert by_operator["edit"].score.value == 7.5
    assert by_operator["branch"].instruction == "use trees"
    assert by_operator["branch"].done


async def test_node_that_finished_just_before_a_death_still_becomes_the_best(tmp_path: Path) -> None:
    scores = iter((0.2, 0.9, 0.3))
    search = Search(
        tmp_path,
        ev.Budget(nodes=2),
        Settings(sequential=True),
        model=SleepingModel(lambda r: f"# score {next(scores)}\n"),
    )
    await search.run()
    lines = search.folder.journal.read_bytes().splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if b'"node_finished"' in line)
    search.folder.journal.write_bytes(b"".join(lines[: last + 1]))  # killed before the incumbent changed
    again = Search(tmp_path, ev.Budget(nodes=2))
    assert again.tree.incumbent == 0
    await again.run()
    assert again.tree.incumbent == 1
    changes = [e for e in again.events() if isinstance(e, ev.IncumbentChanged)]
    assert [(e.node, e.previous) for e in changes] == [(0, None), (1, 0)]


async def test_best_folder_lost_in_a_death_comes_back(tmp_path: Path) -> None:
    await Search(tmp_path, ev.Budget(nodes=3)).run()
    shutil.rmtree(tmp_path / "best")
    (tmp_path / ".best-old").mkdir()
    again = Search(tmp_path, ev.Budget(nodes=3))
    await again.run()
    assert (tmp_path / "best" / "solution.py").is_file()
    assert not list(tmp_path.glob(".best*"))


async def test_unreadable_report_of_the_incumbent_lets_no_worse_node_replace_it(tmp_path: Path) -> None:
    scores = iter((0.9, 0.1))
    first = Search(tmp_path, ev.Budget(nodes=1), model=SleepingModel(lambda r: f"# score {next(scores)}\n"))
    await first.run()
    (tmp_path / "nodes" / "0000" / "score.json").write_text("")
    again = Search(tmp_path, ev.Budget(nodes=2), model=SleepingModel(lambda r: f"# score {next(scores)}\n"))
    await again.run()
    assert again.tree.incumbent == 0


async def test_retry_after_a_broken_stream_leaves_only_the_whole_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making_module, "_MODEL_PAUSES", (0.0,))

    class Torn(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            if not self.requests:
                self.requests.append(request)
                yield Delta("reasoning", "half a thought")
                raise ModelError("the connection broke")
            async for item in super().stream(request):
                yield item

    search = Search(tmp_path, ev.Budget(nodes=1), model=Torn())
    await search.run()
    assert (search.folder.node(0) / "reasoning.md").read_text() == "thought 0 thought 1 thought 2 thought 3 "


async def test_refused_request_is_that_nodes_fate_only(tmp_path: Path) -> None:
    class Choosy(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            if request.proposal.number == 3:
                raise ModelRefusedError("the prompt is too long")
            async for item in super().stream(request):
                yield item

    search = Search(tmp_path, ev.Budget(nodes=6), model=Choosy())
    await search.run()
    assert search.tree.status == "finished"
    assert (search.tree.nodes[3].verdict, search.tree.nodes[3].message) == ("no_code", "the prompt is too long")


async def test_scorer_that_fails_for_all_ends_the_search_in_words(tmp_path: Path) -> None:
    class Broken(FirstLineScorer):
        async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None) -> ScoreReport:
            raise ScoringFailed("metric.py: score: ZeroDivisionError")

    search = Search(tmp_path, ev.Budget(nodes=10), scorer=Broken(), model=SleepingModel(lambda r: "# score 0.5\n"))
    await search.run()
    assert search.tree.status == "failed"
    assert search.tree.status_reason == "metric.py: score: ZeroDivisionError"
    assert search.tree.finished_count < 10


async def test_any_error_of_a_part_ends_the_session_in_words(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=4))

    def broken(tree: SolutionTree, rng: random.Random) -> Choice:
        raise RuntimeError("a bug")

    search.engine.policy.choose = broken  # type: ignore[method-assign]
    await search.run()
    assert search.tree.status == "failed"
    assert "RuntimeError: a bug" in search.tree.status_reason


async def test_branch_asked_for_during_the_selection_is_done(tmp_path: Path) -> None:
    class Slow(FirstLineScorer):
        async def select(self, node_folders: Sequence[Path]) -> list[float]:
            if not self.selections:
                search.steering.do(cm.SetBudget(nodes=4))
                assert search.steering.do(cm.Branch(node=0, instruction="more")).accepted
            return await super().select(node_folders)

    search = Search(tmp_path, ev.Budget(nodes=3), scorer=Slow(), model=SleepingModel(lambda r: "# score 0.5\n"))
    await search.run()
    assert search.tree.finished_count == 4
    assert search.tree.nodes[3].operator == "branch"


async def test_execution_budget_counts_the_folds_of_one_node(tmp_path: Path) -> None:
    class Clocked(SleepingExecutor):
        async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
            await super().run(execution, on_usage)
            late = execution.seconds < 4
            return Outcome("timeout" if late else "exited", 0, min(4.0, execution.seconds), 0.0, 0, "")

    search = Search(
        tmp_path,
        ev.Budget(execution_seconds=10),
        folds=5,
        executor=Clocked(),
        model=SleepingModel(lambda r: "# score 0.5\n"),
    )
    await search.run()
    assert search.tree.execution_seconds <= 10
    assert search.tree.nodes[0].verdict == "cancelled"
    assert not search.tree.nodes[0].buggy


class Meddler(SleepingExecutor):
    """Writes into the shared inputs, as a superuser's script can."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        if len(self.executions) == 1:
            (execution.folder / "input" / self._name).write_text("meddled")
        return await super().run(execution, on_usage)


async def test_script_that_adds_to_the_inputs_is_suspect_and_what_it_added_is_gone(tmp_path: Path) -> None:
    search = Search(
        tmp_path, ev.Budget(nodes=3), Settings(sequential=True), executor=Meddler("features.csv"), model=scored()
    )
    await search.run()
    assert [n.verdict for n in search.tree.nodes.values()] == ["valid", "suspect", "valid"]
    assert search.tree.nodes[1].message == "the script wrote into ./input: features.csv"
    assert not list(tmp_path.rglob("features.csv"))


async def test_script_that_changes_an_input_ends_the_search_in_words(tmp_path: Path) -> None:
    search = Search(
        tmp_path, ev.Budget(nodes=3), Settings(sequential=True), executor=Meddler("train.csv"), model=scored()
    )
    await search.run()
    assert search.tree.status == "failed"
    assert "train.csv: the script of #1" in search.tree.status_reason
    assert search.tree.finished_count == 1


def scored() -> SleepingModel:
    return SleepingModel(lambda r: "# score 0.5\n")
