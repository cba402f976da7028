from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import SleepingExecutor, SleepingModel
from tests.engine.search import Search
from tui_aide.engine import making as making_module
from tui_aide.engine.engine import Settings
from tui_aide.errors import SessionError
from tui_aide.models.chat import ChatRequest
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


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
    assert search.steering.do(cm.Pause()).accepted
    assert not search.steering.do(cm.Pause()).accepted
    while search.tree.running:
        await asyncio.sleep(0.005)
    made = len(search.tree.nodes)
    await asyncio.sleep(0.05)
    assert len(search.tree.nodes) == made < 10
    assert search.steering.do(cm.Resume()).accepted
    await task
    assert search.tree.finished_count == 10


async def test_branch_carries_the_instruction_to_the_model(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=8), executor=SleepingExecutor(0.005))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    reply = search.steering.do(cm.Branch(node=0, instruction="use five folds", by="ann"))
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
    assert search.steering.do(cm.Edit(node=0, code="# score 9.5\n")).accepted
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
    search.steering.do(cm.Edit(node=0, code="def broken(:\n"))
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
    reply = search.steering.do(command)
    assert not reply.accepted
    assert why in reply.message
    await task


async def test_stop_cancels_what_runs_and_leaves_it_for_resume(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=10), executor=SleepingExecutor(0.05))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    search.steering.do(cm.Stop())
    await task
    assert search.tree.status == "stopped"
    assert search.tree.finished_count < 10
    assert search.executor.running == search.model.streams == 0


async def test_budget_raised_while_running_is_used(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=3), executor=SleepingExecutor(0.01))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished))
    assert search.steering.do(cm.SetBudget(nodes=7)).accepted
    await task
    assert search.tree.finished_count == 7


async def test_nodes_that_a_user_asks_for_raise_the_budget_where_it_is_full(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=3), executor=SleepingExecutor(0.02))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 0)
    for i in range(3):
        assert search.steering.do(cm.Branch(node=0, instruction=f"try {i}")).accepted
    assert search.tree.budget.nodes == 6
    refused = search.steering.do(cm.SetBudget(nodes=4))
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
    search.steering.do(cm.Pause())
    await search.run()
    assert search.tree.status == "finished"


@pytest.mark.parametrize("workers", [1, 3, 16])
async def test_a_token_budget_holds_to_the_token(tmp_path: Path, workers: int) -> None:
    search = Search(tmp_path, ev.Budget(tokens=5000), Settings(workers=workers, slots=1))
    await search.run()
    per_node = 124
    assert 5000 - (workers + 1) * per_node <= search.tree.tokens.total <= 5000
    assert search.tree.status == "finished"
    assert "5000 tokens is spent" in search.tree.status_reason
    cut = [n for n in search.tree.nodes.values() if n.verdict == "cancelled"]
    assert len(cut) <= workers + 1
    assert all("budget of tokens" in n.message for n in cut)


async def test_lost_model_is_tried_again_then_the_session_fails_resumable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making_module, "_MODEL_PAUSES", (0.0, 0.0))
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


async def test_model_is_told_what_is_being_tried_from_the_same_parent(tmp_path: Path) -> None:
    search = Search(
        tmp_path,
        ev.Budget(nodes=12),
        Settings(workers=1, slots=3),
        executor=SleepingExecutor(0.05),
        model=SleepingModel(lambda r: f"# score {0.5 if r.proposal.number else 0.9}\n"),
    )
    await search.run()
    told = [a for r in search.model.requests for a in r.proposal.memory if a.verdict == "cancelled"]
    assert told
    assert all(a.code and a.plan for a in told)
