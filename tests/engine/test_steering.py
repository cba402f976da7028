"""A user's commands to a running search: what each does, what it leaves alone, and why it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doubles import SleepingExecutor, SleepingModel
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.models.chat import ChatRequest
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

ONE = Settings(sequential=True)
SCORES = {0: 0.3, 1: 0.9, 2: 0.5, 3: 0.7, 4: 0.4}


def by_number(request: ChatRequest) -> str:
    return f"# score {SCORES.get(request.proposal.number, 0.1)}\n"


async def paused_after(tmp_path: Path, nodes: int, **parts: object) -> tuple[Search, asyncio.Task[None]]:
    """A search that has made so many nodes, with the scores above, and is paused."""
    search = Search(tmp_path, ev.Budget(nodes=50), ONE, model=SleepingModel(by_number), **parts)

    def stop_here(event: ev.Event) -> bool:
        if isinstance(event, ev.NodeFinished) and event.node == nodes - 1:
            search.steering.do(cm.Pause())
            return True
        return False

    task = asyncio.create_task(search.run())
    await search.until(stop_here)
    while search.tree.running:
        await asyncio.sleep(0.001)
    return search, task


async def go_on(search: Search, task: asyncio.Task[None], nodes: int) -> None:
    """Let the search make nodes up to so many in all, and end."""
    search.steering.do(cm.SetBudget(nodes=nodes))
    search.steering.do(cm.Resume())
    await task
    assert search.tree.status == "finished"


def folded(search: Search) -> SolutionTree:
    tree = SolutionTree()
    for event in search.events():
        tree.apply(event)
    return tree


async def test_a_pruned_branch_is_gone_from_the_choice_the_prompts_and_the_best(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    assert search.tree.incumbent == 1
    reply = search.steering.do(cm.Prune(node=1))
    assert reply == cm.Reply(True, "#1 is pruned; the best is now #3")
    assert [n.id for n in search.tree.ranked(2)] == [3, 2]
    assert "0.7" in (search.folder.best / "solution.py").read_text()
    await go_on(search, task, 12)
    new = [n for n in search.tree.nodes.values() if n.id >= 5]
    assert new[0].operator == "draft", "one of the five drafts was taken away"
    assert not any(1 in n.parents for n in new)
    told = [a.node for r in search.model.requests for a in r.proposal.memory if r.proposal.number >= 5]
    assert 1 not in told
    assert 3 in told
    assert search.tree.selected != 1
    assert folded(search).nodes[1].pruned


async def test_undoing_a_prune_brings_back_the_branch_and_the_best(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    search.steering.do(cm.Prune(node=1))
    reply = search.steering.do(cm.Restore(node=1))
    assert reply == cm.Reply(True, "#1 is back; the best is now #1")
    assert "0.9" in (search.folder.best / "solution.py").read_text()
    await go_on(search, task, 9)
    assert any(1 in n.parents for n in search.tree.nodes.values())


async def test_pruning_the_only_solution_leaves_no_best_until_there_is_another(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 1)
    assert search.steering.do(cm.Prune(node=0)).message == "#0 is pruned; there is no best now"
    assert not search.folder.best.exists()
    assert folded(search).selected is None
    await go_on(search, task, 3)
    assert search.tree.selected in (1, 2)
    assert search.folder.best.exists()


async def test_what_runs_in_a_pruned_branch_is_ended(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    search.executor.seconds = 60.0
    for text in ("one", "two"):
        search.steering.do(cm.Branch(node=2, instruction=text))
    search.steering.do(cm.Resume())
    await search.until(lambda e: isinstance(e, ev.ExecutionStarted))
    assert [n.phase for n in search.tree.branch(2)[1:]] == ["executing", "queued"]
    search.executor.seconds = 0.0
    assert search.steering.do(cm.Prune(node=2)).message == "#2 is pruned with 2 below it"
    await go_on(search, task, 8)
    for number in (5, 6):
        node = search.tree.nodes[number]
        assert (node.verdict, node.message) == ("cancelled", "the branch of #2 was pruned")
    assert search.executor.running == 0
    again = Search(tmp_path, ev.Budget(nodes=9), ONE)
    assert again.engine.ledger.nodes == search.engine.ledger.nodes == 8
    await again.run()


async def test_a_paused_branch_gets_no_new_node_but_by_the_user(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    reply = search.steering.do(cm.Pause(node=1))
    assert reply.message == "the branch of #1 is paused; 0 under way there go on to their end"
    search.steering.do(cm.Branch(node=1, instruction="mine"))
    await go_on(search, task, 10)
    new = [n for n in search.tree.nodes.values() if n.id >= 5]
    assert [n.by for n in new if 1 in n.parents] == ["user"]
    assert all(n.operator != "draft" for n in new), "a paused draft still counts as one"
    assert search.tree.incumbent == 1, "it may still be the best"


async def test_a_branch_that_goes_on_is_worked_on_again(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    search.steering.do(cm.Pause(node=1))
    assert search.steering.do(cm.Resume(node=1)).message == "the branch of #1 goes on"
    await go_on(search, task, 8)
    assert any(1 in n.parents for n in search.tree.nodes.values() if n.by == "policy")


@pytest.mark.parametrize("policy", ["greedy", "best-first", "mcts", "ab-mcts", "evolution"])
async def test_a_pin_keeps_every_policy_in_its_branch(tmp_path: Path, policy: str) -> None:
    search, task = await paused_after(tmp_path, 3)
    search.steering.do(cm.SetPolicy(spec=policy))
    reply = search.steering.do(cm.Pin(node=2))
    assert reply.message == "#2 is pinned: new nodes go to its branch"
    await go_on(search, task, 12)
    branch = {n.id for n in search.tree.branch(2)}
    new = [n for n in search.tree.nodes.values() if n.id >= 3]
    assert {n.id for n in new} <= branch
    assert all(n.reason.startswith("you pinned #2: ") for n in new)


async def test_two_pins_share_the_work_and_unpinning_ends_it(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    search.steering.do(cm.Pin(node=0))
    assert "or to 1 others pinned" in search.steering.do(cm.Pin(node=2)).message
    search.steering.do(cm.SetBudget(nodes=11))
    search.steering.do(cm.Resume())

    def unpin(event: ev.Event) -> bool:
        if isinstance(event, ev.NodeFinished) and event.node == 10:
            search.steering.do(cm.Unpin(node=0))
            search.steering.do(cm.Unpin(node=2))
            search.steering.do(cm.SetBudget(nodes=14))
            return True
        return False

    await search.until(unpin)
    await task
    assert [len(search.tree.branch(n)) - 1 for n in (0, 2)] == [3, 3]
    assert all(n.parents and n.parents[0] == 1 for n in list(search.tree.nodes.values())[11:])


async def test_a_retry_is_made_alike_with_other_chance(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 2)
    search.steering.do(cm.Branch(node=0, instruction="use trees"))
    search.steering.do(cm.Edit(node=0, code="# score 0.95\n"))
    search.steering.do(cm.Resume())
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 3)
    for node in (2, 3, 0):
        assert search.steering.do(cm.Retry(node=node)).accepted
    await go_on(search, task, 8)
    branch, edit, draft = (
        next(n for n in search.tree.nodes.values() if n.reason == f"you asked for #{number} once more")
        for number in (2, 3, 0)
    )
    first = search.tree.nodes[2]
    assert (branch.operator, branch.parents, branch.instruction) == ("branch", (0,), "use trees")
    assert branch.seed != first.seed
    assert (edit.operator, edit.score and edit.score.value) == ("edit", 0.95)
    assert (draft.operator, draft.parents, draft.by) == ("draft", (), "user")


async def test_several_samples_of_one_instruction(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 2)
    reply = search.steering.do(cm.Branch(node=1, instruction="bolder", samples=3))
    assert reply.message == "#2 to #4, children of #1, start when the search goes on"
    await go_on(search, task, 5)
    made = [search.tree.nodes[i] for i in (2, 3, 4)]
    assert [n.instruction for n in made] == ["bolder"] * 3
    assert len({n.seed for n in made}) == 3


async def test_hints_stand_in_every_prompt_until_they_are_dropped(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 1)
    assert search.steering.do(cm.Hint(text="the rows are sorted by time")).message.startswith("hint 1: ")
    search.steering.do(cm.Hint(text="no neural networks"))
    assert search.steering.do(cm.DropHint(hint=2)).accepted
    assert search.steering.do(cm.Hint(text="mind column q")).message.startswith("hint 3: ")
    await go_on(search, task, 3)
    before, after = search.model.requests[0], search.model.requests[-1]
    assert "heed" not in before.messages[0].content
    assert "wants every script to heed\n\n- the rows are sorted by time\n- mind column q" in after.messages[0].content
    assert "neural" not in after.messages[0].content
    again = Search(tmp_path, ev.Budget(nodes=4), ONE)
    await again.run()
    assert again.model.requests[-1].proposal.hints == ("the rows are sorted by time", "mind column q")


async def test_streams_and_slots_grow_and_shrink_while_it_runs(tmp_path: Path) -> None:
    search = Search(
        tmp_path,
        ev.Budget(nodes=40),
        Settings(workers=1, slots=1),
        model=SleepingModel(by_number, seconds=0.01),
        executor=SleepingExecutor(0.01),
    )
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 3)
    assert (search.model.most_streams, search.executor.most_running) == (1, 1)
    reply = search.steering.do(cm.SetStreams(workers=6, slots=3))
    assert reply.message == "from now on 6 workers and 3 slots; what is under way goes on as it began"
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 20)
    assert search.model.most_streams > 3
    assert search.executor.most_running == 3
    assert search.executor.executions[-1].threads == 2, "eight cores shared by three"
    assert search.steering.do(cm.SetStreams(slots=1)).accepted
    await search.until(lambda e: isinstance(e, ev.NodeFinished) and e.node == 30)
    search.executor.most_running = 0
    await task
    assert search.executor.most_running == 1
    tree = folded(search)
    assert (tree.workers, tree.slots) == (6, 1)


async def test_a_sample_that_is_stopped_ends_its_node_as_killed(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=2), ONE, model=SleepingModel(by_number, seconds=60.0))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.SampleStarted))
    await asyncio.sleep(0.01)
    search.model.seconds = 0.0
    assert search.steering.do(cm.Kill(node=0)) == cm.Reply(True, "the sample of #0 is stopped")
    await task
    node = search.tree.nodes[0]
    assert (node.verdict, node.message, node.finish) == ("killed", "you stopped its sample", "killed")
    assert search.tree.nodes[1].valid
    assert search.tree.finished_count == 2


async def test_a_node_that_waits_for_a_stream_is_stopped(tmp_path: Path) -> None:
    settings = Settings(workers=1, slots=1)
    search = Search(tmp_path, ev.Budget(nodes=2), settings, model=SleepingModel(by_number, seconds=60.0))
    task = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.NodeCreated) and e.node == 1)
    await asyncio.sleep(0.01)
    waiting = next(n.id for n in search.tree.nodes.values() if n.phase == "queued")
    search.model.seconds = 0.0
    assert search.steering.do(cm.Kill(node=waiting)).message == f"#{waiting} is stopped; it was queued"
    search.steering.do(cm.Kill(node=1 - waiting))
    await task
    assert {n.verdict for n in search.tree.nodes.values()} == {"killed"}
    assert search.tree.nodes[waiting].message == "you stopped it while it was queued"


REFUSED: list[tuple[cm.Command, str]] = [
    (cm.Prune(node=9), "there is no node #9; there are #0 to #2"),
    (cm.Restore(node=1), "#1 was not pruned"),
    (cm.Unpin(node=1), "#1 is not pinned"),
    (cm.Resume(node=1), "the branch of #1 was not paused"),
    (cm.DropHint(hint=3), "there is no hint 3; there are: none"),
    (cm.Hint(text=" "), "nothing to do: the hint is empty"),
    (cm.Hint(text="x" * 5000), "the hint is too long: 5,000 characters, 4,000 at most"),
    (cm.Branch(node=0, instruction="x", samples=99), "samples must be 1 to 16, not 99"),
    (cm.Edit(node=0, code="# " + "x" * 2_000_000), "the script is too long: more than 1,000,000 bytes"),
    (cm.SetStreams(workers=0), "workers must be 1 to 256, not 0"),
    (cm.SetStreams(workers=3), "this search makes one node at a time (--sequential), whatever its workers and slots"),
    (cm.SetBudget(wall_seconds=float("inf")), "a limit must be above 0"),
    (cm.Kill(node=0), "#0 runs no script to kill: it is done (valid)"),
]


@pytest.mark.parametrize(("command", "why"), REFUSED, ids=lambda x: type(x).__name__)
async def test_what_cannot_be_done_is_refused_with_why_and_recorded(
    tmp_path: Path, command: cm.Command, why: str
) -> None:
    search, task = await paused_after(tmp_path, 3)
    assert search.steering.do(command) == cm.Reply(False, why)
    told = [e for e in search.events() if isinstance(e, ev.CommandReceived)][-1]
    assert (told.accepted, told.result) == (False, why)
    search.steering.do(cm.Stop())
    await task


async def test_below_a_pruned_node_the_way_back_is_named(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 7)
    child = next(n for n in search.tree.nodes.values() if n.parents)
    above = child.parents[0]
    search.steering.do(cm.Prune(node=above))
    say: Callable[[cm.Command], str] = lambda c: search.steering.do(c).message  # noqa: E731
    assert say(cm.Prune(node=child.id)) == f"#{child.id} is pruned already by that of #{above}"
    assert say(cm.Restore(node=child.id)) == f"#{child.id} was not pruned by that of #{above}"
    for command in (cm.Branch(node=child.id, instruction="x"), cm.Retry(node=child.id), cm.Pin(node=child.id)):
        assert say(command) == f"#{child.id} is pruned; restore it first"
    search.steering.do(cm.Stop())
    await task


async def test_a_death_between_a_prune_and_the_next_best_is_made_good(tmp_path: Path) -> None:
    search, task = await paused_after(tmp_path, 5)
    search.steering.do(cm.Stop())
    await task
    tree = folded(search)
    lost = ev.Pruned(node=1)
    search = Search(tmp_path, ev.Budget(nodes=5), ONE)
    search.tree.apply(search.store.append(lost))
    search.store.close()
    assert tree.incumbent == 1
    again = Search(tmp_path, ev.Budget(nodes=5), ONE)
    await again.run()
    assert again.tree.incumbent == 3
