from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import FirstLineScorer, SleepingExecutor, SleepingModel, toy_task
from tests.searches import started
from tui_aide.engine import engine as engine_module
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import Choice, make_policy
from tui_aide.engine.steering import Steering
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import ModelError, ModelRefusedError, SessionError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest, Delta, Finish, Limits
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.store import FolderStore
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


class Search:
    """A real engine on a real folder, with a model and scripts that only sleep."""

    def __init__(self, path: Path, budget: ev.Budget, settings: Settings | None = None, **parts: Any) -> None:
        path.mkdir(exist_ok=True)
        self.folder = SessionFolder(path)
        self.tree = SolutionTree()
        if self.folder.journal.exists():
            for event in JournalReader(self.folder.journal).read():
                self.tree.apply(event)
        self.store = FolderStore(self.folder, self.tree.last_seq)
        first = (
            ev.SessionResumed(budget=budget, model="m", workers=1, slots=1)
            if self.tree.started
            else started(budget=budget)
        )
        self.tree.apply(self.store.append(first))
        self.model = parts.get("model") or SleepingModel()
        self.executor = parts.get("executor") or SleepingExecutor()
        self.scorer = parts.get("scorer") or FirstLineScorer()
        settings = settings or Settings(workers=2, slots=1)
        prepared = toy_task(path / f"task-{self.tree.last_seq}", parts.get("folds", 1))
        evaluator = Evaluator(
            executor=self.executor,
            scorer=self.scorer,
            prepared=prepared,
            store=self.store,
            limits=Limits(60.0, None, 1),
            slots=settings.slots,
        )
        self.engine = Engine(
            tree=self.tree,
            store=self.store,
            model=self.model,
            policy=make_policy("greedy"),
            strategy=make_strategy("single"),
            evaluator=evaluator,
            view=prepared.view,
            settings=settings,
            on_event=self._note,
        )
        self.steering = Steering(self.engine)
        self._waiting: list[tuple[Callable[[ev.Event], bool], asyncio.Event]] = []

    def _note(self, event: ev.Event) -> None:
        for wanted, found in self._waiting:
            if wanted(event):
                found.set()

    async def until(self, wanted: Callable[[ev.Event], bool]) -> None:
        found = asyncio.Event()
        self._waiting.append((wanted, found))
        async with asyncio.timeout(10):
            await found.wait()

    def events(self) -> list[ev.AnyEvent]:
        return JournalReader(self.folder.journal).read()

    async def run(self) -> None:
        try:
            async with asyncio.timeout(30):
                await self.engine.run()
        finally:
            self.store.close()


def shape(tree: SolutionTree) -> list[tuple[Any, ...]]:
    return [
        (n.id, n.operator, n.parents, n.seed, n.verdict, n.score.value if n.score else None)
        for n in tree.nodes.values()
    ]


async def test_runs_to_its_budget_selects_once_and_publishes_the_selected(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=20))
    await search.run()
    assert search.tree.status == "finished"
    assert search.tree.status_reason == "the budget of 20 nodes is spent"
    assert len(search.tree.nodes) == search.tree.finished_count == 20
    assert search.scorer.selections == 1
    selection = search.tree.selection
    assert selection is not None
    assert [c.node for c in selection.candidates] == [n.id for n in search.tree.ranked()[:5]]
    assert selection.node == selection.candidates[-1].node  # the double turns the ranking around
    published = (search.folder.best / "solution.py").read_text()
    assert published == (search.folder.node(selection.node) / "solution.py").read_text()


async def test_journal_alone_gives_the_same_tree(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=12))
    await search.run()
    again = SolutionTree()
    for event in search.events():
        again.apply(event)
    assert shape(again) == shape(search.tree)
    assert [e.seq for e in search.events()] == list(range(1, len(search.events()) + 1))


async def test_streams_and_slots_are_separate_limits_and_both_are_used(tmp_path: Path) -> None:
    search = Search(
        tmp_path,
        ev.Budget(nodes=16),
        Settings(workers=3, slots=2),
        model=SleepingModel(lambda r: "# score 0.5\n", seconds=0.02),
        executor=SleepingExecutor(0.02),
    )
    await search.run()
    assert search.model.most_streams == 3
    assert search.executor.most_running == 2


async def test_sequential_search_repeats_itself_with_the_same_seed_only(tmp_path: Path) -> None:
    shapes = []
    for i, seed in enumerate((1, 1, 2)):
        settings = Settings(seed=seed, workers=4, slots=2, sequential=True)
        search = Search(tmp_path / str(i), ev.Budget(nodes=15), settings)
        await search.run()
        assert search.model.most_streams == 1
        shapes.append(shape(search.tree))
    assert shapes[0] == shapes[1]
    assert shapes[0] != shapes[2]


async def test_killed_search_restarts_what_was_in_flight_and_counts_it_once(tmp_path: Path) -> None:
    first = Search(tmp_path, ev.Budget(nodes=12), Settings(workers=2, slots=2), executor=SleepingExecutor(0.02))
    task = asyncio.create_task(first.engine.run())
    await first.until(lambda e: isinstance(e, ev.NodeFinished) and e.node >= 4)
    lines = first.folder.journal.read_bytes()  # as a kill -9 would leave it
    first.engine.stop("the test")
    await task
    first.store.close()
    first.folder.journal.write_bytes(lines)
    in_flight = {n.id for n in _fold(first).nodes.values() if not n.done}
    assert in_flight

    second = Search(tmp_path, ev.Budget(nodes=12), Settings(workers=2, slots=2))
    await second.run()
    restarted = {e.node for e in second.events() if isinstance(e, ev.NodeRestarted)}
    assert restarted == in_flight
    assert sorted(second.tree.nodes) == list(range(12))
    done = [e.node for e in second.events() if isinstance(e, ev.NodeFinished)]
    assert sorted(done) == list(range(12))


def _fold(search: Search) -> SolutionTree:
    tree = SolutionTree()
    for event in search.events():
        tree.apply(event)
    return tree


async def test_finished_search_goes_on_with_a_larger_budget(tmp_path: Path) -> None:
    await Search(tmp_path, ev.Budget(nodes=6)).run()
    second = Search(tmp_path, ev.Budget(nodes=9))
    await second.run()
    assert second.tree.status == "finished"
    assert second.tree.finished_count == 9


async def test_pause_starts_nothing_new_and_resume_goes_on(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=10), executor=SleepingExecutor(0.005))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    assert search.steering.handle(cm.Pause()).accepted
    assert not search.steering.handle(cm.Pause()).accepted
    while search.tree.running:
        await asyncio.sleep(0.005)
    made = len(search.tree.nodes)
    await asyncio.sleep(0.05)
    assert len(search.tree.nodes) == made < 10
    assert search.steering.handle(cm.Resume()).accepted
    await task
    assert search.tree.finished_count == 10


async def test_branch_carries_the_instruction_to_the_model(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.005))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    reply = search.steering.handle(cm.Branch(node=0, instruction="use five folds", by="ann"))
    assert reply.accepted
    await task
    (branch,) = [n for n in search.tree.nodes.values() if n.operator == "branch"]
    assert (branch.parents, branch.by, branch.instruction) == ((0,), "user", "use five folds")
    request = next(r for r in search.model.requests if r.proposal.number == branch.id)
    assert "use five folds" in request.messages[0].content
    (received,) = [e for e in search.events() if isinstance(e, ev.CommandReceived)]
    assert (received.by, received.accepted) == ("ann", True)


async def test_edit_runs_the_users_script_as_a_new_child(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.005))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    original = (search.folder.node(0) / "solution.py").read_text()
    assert search.steering.handle(cm.Edit(node=0, code="# score 9.5\n")).accepted
    await task
    (edit,) = [n for n in search.tree.nodes.values() if n.operator == "edit"]
    assert edit.score is not None
    assert edit.score.value == 9.5
    assert edit.tokens.total == 0
    assert (search.folder.node(0) / "solution.py").read_text() == original


async def test_edit_that_does_not_parse_is_a_node_with_that_verdict(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.005))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    search.steering.handle(cm.Edit(node=0, code="def broken(:\n"))
    await task
    (edit,) = [n for n in search.tree.nodes.values() if n.operator == "edit"]
    assert edit.verdict == "syntax"
    assert "line 1" in edit.message


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (cm.Branch(node=99, instruction="x"), "there is no node #99"),
        (cm.Branch(node=0, instruction="  "), "empty"),
        (cm.Resume(), "not paused"),
        (cm.SetBudget(), "no limit"),
        (cm.SetBudget(nodes=0), "above 0"),
    ],
)
async def test_command_that_cannot_be_done_says_why(tmp_path: Path, command: cm.Command, why: str) -> None:
    search = Search(tmp_path, ev.Budget(nodes=4), executor=SleepingExecutor(0.01))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    reply = search.steering.handle(command)
    assert not reply.accepted
    assert why in reply.message
    await task


async def test_stop_cancels_what_runs_and_leaves_it_for_resume(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=10), executor=SleepingExecutor(0.05))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    search.steering.handle(cm.Stop())
    await task
    assert search.tree.status == "stopped"
    assert search.tree.finished_count < 10
    assert search.executor.running == search.model.streams == 0


async def test_budget_raised_while_running_is_used(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=3), executor=SleepingExecutor(0.01))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    assert search.steering.handle(cm.SetBudget(nodes=7)).accepted
    await task
    assert search.tree.finished_count == 7


async def test_nodes_that_a_user_asks_for_raise_the_budget_where_it_is_full(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=3), executor=SleepingExecutor(0.02))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 0)
    for i in range(3):
        assert search.steering.handle(cm.Branch(node=0, instruction=f"try {i}")).accepted
    assert search.tree.budget.nodes == 6
    refused = search.steering.handle(cm.SetBudget(nodes=4))
    assert refused == cm.Reply(False, "there are 6 nodes already, so the limit cannot be 4")
    await task
    assert search.tree.finished_count == 6
    assert sum(n.operator == "branch" for n in search.tree.nodes.values()) == 3


async def test_selection_after_a_resume_says_that_the_rows_were_looked_at_before(tmp_path: Path) -> None:
    await Search(tmp_path, ev.Budget(nodes=3)).run()
    again = Search(tmp_path, ev.Budget(nodes=5))
    await again.run()
    reasons = [e.reason for e in again.events() if isinstance(e, ev.SelectionMade)]
    assert ["looked at 1 time before" in r for r in reasons] == [False, True]


async def test_wall_clock_ends_the_search_and_what_runs(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(wall_seconds=0.3), executor=SleepingExecutor(60))
    await search.run()
    assert search.tree.status == "finished"
    assert "time" in search.tree.status_reason
    assert search.executor.running == 0


async def test_wall_clock_ends_a_paused_search_too(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(wall_seconds=0.3), executor=SleepingExecutor(0.01))
    search.steering.handle(cm.Pause())
    await search.run()
    assert search.tree.status == "finished"


async def test_token_budget_is_overshot_by_less_than_the_nodes_in_flight(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(tokens=2000), Settings(workers=3, slots=1))
    await search.run()
    per_node = 124
    assert 2000 - per_node <= search.tree.tokens.total <= 2000 + 4 * per_node


async def test_lost_model_is_tried_again_then_the_session_fails_resumable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_MODEL_PAUSES", (0.0, 0.0))
    search = Search(tmp_path, ev.Budget(nodes=5), model=SleepingModel(failures=2))
    await search.run()
    assert search.tree.status == "finished"
    assert len(search.tree.notices) == 2

    lost = Search(tmp_path / "lost", ev.Budget(nodes=5), model=SleepingModel(failures=10**6))
    await lost.run()
    assert lost.tree.status == "failed"
    assert lost.tree.status_reason == "the server went away"
    found = Search(tmp_path / "lost", ev.Budget(nodes=5))
    await found.run()
    assert found.tree.finished_count == 5


async def test_folds_run_the_script_once_each(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1), folds=3, model=SleepingModel(lambda r: "# score 0.5\n"))
    await search.run()
    assert [e.folder.name for e in search.executor.executions] == ["fold-0", "fold-1", "fold-2"]
    started_ = [e for e in search.events() if isinstance(e, ev.ExecutionStarted)]
    assert [(e.fold, e.folds) for e in started_] == [(0, 3), (1, 3), (2, 3)]


async def test_a_fold_that_crashes_ends_the_node(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1), folds=3, model=SleepingModel(lambda r: "# crash\n"))
    await search.run()
    assert search.tree.nodes[0].verdict == "crash"
    assert search.tree.nodes[0].message == "ValueError: it crashed"
    assert len(search.executor.executions) == 1


async def test_answer_without_code_costs_no_execution(tmp_path: Path) -> None:
    class Talker(SleepingModel):
        def __init__(self) -> None:
            super().__init__()
            self.write = self._prose

        def _prose(self, request: ChatRequest) -> str:
            return "def broken(:\n"

    search = Search(tmp_path, ev.Budget(nodes=2), model=Talker())
    await search.run()
    assert {n.verdict for n in search.tree.nodes.values()} == {"syntax"}
    assert search.executor.executions == []


async def test_full_disk_fails_the_session_and_keeps_finished_nodes(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=10), executor=SleepingExecutor(0.01))
    real = search.store.append
    full = False

    def append(event: ev.Event) -> ev.Event:
        if full:
            raise SessionError("journal.jsonl: cannot be written: No space left on device")
        return real(event)

    search.store.append = append  # type: ignore[method-assign]
    task = asyncio.create_task(search.engine.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node >= 1)
    full = True
    with pytest.raises(SessionError, match="No space"):
        await task
    assert search.executor.running == 0
    search.store.close()
    done = {e.node for e in search.events() if isinstance(e, ev.NodeFinished)}
    again = Search(tmp_path, ev.Budget(nodes=10))
    await again.run()
    assert again.tree.finished_count == 10
    assert done <= set(again.tree.nodes)


async def test_prompt_and_memory_stay_bounded_as_the_tree_grows(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=120))
    await search.run()
    sizes = [sum(len(m.content) for m in r.messages) for r in search.model.requests]
    memories = [len(r.proposal.memory) for r in search.model.requests]
    assert max(memories) <= 16
    assert max(sizes[100:]) <= 1.25 * max(sizes[10:30])


async def test_branch_asked_for_before_a_stop_is_there_after_resume(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.01))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    search.steering.handle(cm.Pause())
    assert search.steering.handle(cm.Edit(node=0, code="# score 7.5\n")).accepted
    assert search.steering.handle(cm.Branch(node=0, instruction="use trees")).accepted
    search.steering.handle(cm.Stop())
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
    monkeypatch.setattr(engine_module, "_MODEL_PAUSES", (0.0,))

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

    search.engine._policy.choose = broken  # type: ignore[method-assign]
    await search.run()
    assert search.tree.status == "failed"
    assert "RuntimeError: a bug" in search.tree.status_reason


async def test_branch_asked_for_during_the_selection_is_done(tmp_path: Path) -> None:
    class Slow(FirstLineScorer):
        async def select(self, node_folders: Sequence[Path]) -> list[float]:
            if not self.selections:
                search.steering.handle(cm.SetBudget(nodes=4))
                assert search.steering.handle(cm.Branch(node=0, instruction="more")).accepted
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
