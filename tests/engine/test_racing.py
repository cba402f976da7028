"""Races of candidates: who is counted, who is cancelled, what is told of it, and that nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doubles import SleepingExecutor
from tests.engine.answering import Answers, script, searched
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.errors import ModelRefusedError, ModelUnavailableError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.chat import ChatRequest
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev

CHECKED = "Your turn again: the script was checked"
FAILED = "Your turn again: the script was run and failed"


def slow_after(count: int, seconds: float = 20.0) -> Callable[[ChatRequest], float]:
    """The first requests are answered at once, all later ones take long."""
    seen: list[ChatRequest] = []

    def pause(request: ChatRequest) -> float:
        seen.append(request)
        return 0.0 if len(seen) <= count else seconds

    return pause


class Slow(SleepingExecutor):
    """Runs scripts that say so for long: `# score 0.5 slow`."""

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        if "slow" in (execution.folder / "solution.py").read_text().split("\n")[0]:
            await asyncio.sleep(20)
        return await super().run(execution, on_usage)


def leftovers() -> list[str]:
    """Names of the tasks that are still there, but for the test's own."""
    return [t.get_name() for t in asyncio.all_tasks() if t is not asyncio.current_task()]


async def test_the_first_valid_one_ends_the_race_also_after_enough_scripts_came(tmp_path: Path) -> None:
    answers = {"": [script("score 0.3"), script("score slow 0.4")]}
    spec = "self-consistency(n=3,select=first,keep=2)"
    async with asyncio.timeout(10):
        search, _ = await searched(tmp_path, spec, answers, executor=Slow())
    node = search.tree.nodes[0]
    assert node.score is not None
    assert node.score.value == 0.3
    assert [c.message for c in node.candidates.values()][1:] == [
        "another was valid first",
        "2 others had their scripts first",
    ]


async def test_scripts_that_a_part_inside_chose_count_among_the_first(tmp_path: Path) -> None:
    """The inner part changes the number of the desk that it works on."""

    def compare(request: ChatRequest) -> str:
        text = request.messages[-1].content.split("# Compare two scripts")[1]
        return '{"better": "A"}' if text.index("# score 0.9") < text.index("Script B") else '{"better": "B"}'

    pairs = [script("score 0.1"), script("score 0.9")]
    answers: dict[str, list[object]] = {"": [*pairs * 3], "Compare two scripts": [compare]}
    search, _ = await searched(tmp_path, "best-of-n(n=3,keep=2)+verifier(n=2)", answers, workers=2)
    node = search.tree.nodes[0]
    assert node.valid, node.message
    assert node.executions == 2


async def test_candidates_of_a_race_inside_count_for_the_race_outside(tmp_path: Path) -> None:
    model = Answers({"": [script("score 0.3")]}, pause=slow_after(4))
    async with asyncio.timeout(10):
        search, _ = await searched(tmp_path, "best-of-n(n=3,keep=2)+best-of-n(n=2)", {}, model=model)
    node = search.tree.nodes[0]
    assert node.valid
    assert node.executions == 4
    assert len(model.cancelled) == 2
    assert all(c.phase == "done" for c in node.candidates.values()), "none of those cancelled seems to go on"


async def test_a_candidate_that_goes_on_in_a_second_race_counts_there_anew(tmp_path: Path) -> None:
    model = Answers({"": [script("crash")], FAILED: [script("score 0.5")]}, pause=slow_after(5))
    async with asyncio.timeout(10):
        search, _ = await searched(tmp_path, "self-debugging(rounds=1)+best-of-n(n=3,keep=2)", {}, model=model)
    node = search.tree.nodes[0]
    assert node.valid
    assert node.executions == 4


async def test_a_race_that_is_cut_off_tells_so_of_each_candidate(tmp_path: Path) -> None:
    model = Answers({"": [script("score 0.3")]}, pause=slow_after(1))
    spec = "self-consistency(n=2,select=first)+best-of-n(n=2,keep=1)"
    async with asyncio.timeout(10):
        search, _ = await searched(tmp_path, spec, {}, model=model)
    ended = {e.candidate: e.verdict for e in search.events() if isinstance(e, ev.CandidateFinished)}
    assert set(ended) == set(search.tree.nodes[0].candidates)


@pytest.mark.parametrize("error", [ModelUnavailableError("gone"), ModelRefusedError("no")])
async def test_a_verifiers_candidate_that_fails_leaves_no_other_behind(tmp_path: Path, error: Exception) -> None:
    model = Answers({"": [error, script("score 1")]}, pause=lambda r: 0.3)
    before = len(leftovers())
    async with asyncio.timeout(10):
        await searched(tmp_path, "verifier(n=4)", {}, model=model)
    assert len(leftovers()) == before


async def test_a_model_that_refuses_all_ends_the_search_of_a_verifier_too(tmp_path: Path) -> None:
    search, model = await searched(tmp_path, "verifier(n=2)", {"": [ModelRefusedError("no")]}, nodes=50)
    assert search.tree.status == "failed"
    assert len(model.requests) < 40


async def test_scripts_are_run_where_the_tokens_end_at_their_comparison(tmp_path: Path) -> None:
    answers = {"": [script("score 1")], "Compare two scripts": ['{"better": "A"}']}
    settings = Settings(workers=4, slots=1)
    search = Search(
        tmp_path, ev.Budget(tokens=4000, nodes=1), settings, model=Answers(answers), strategy="verifier(n=2)"
    )
    ledger, emit = search.engine.ledger, search.engine._emit

    def spending(event: ev.Event) -> ev.Event:
        if isinstance(event, ev.CandidateFinished):
            ledger.tokens = 4000
        return emit(event)

    search.engine.maker._emit = spending
    await search.run()
    assert search.tree.nodes[0].valid, search.tree.nodes[0].message


async def test_one_refused_comparison_is_no_comparison(tmp_path: Path) -> None:
    scripts = [script("score 0.1"), script("score 0.2"), script("score 0.3")]
    answers: dict[str, list[object]] = {
        "": [*scripts],
        "Compare two scripts": [ModelRefusedError("too long"), '{"better": "A"}'],
    }
    search, _ = await searched(tmp_path, "verifier(n=3)", answers)
    assert search.tree.nodes[0].valid
    assert "by 5 comparisons" in search.tree.nodes[0].chosen_by


async def test_what_a_verifiers_script_failed_of_is_remembered(tmp_path: Path) -> None:
    answers = {"": [script("crash")], "Compare two scripts": ['{"better": "A"}']}
    search, _ = await searched(tmp_path, "verifier(n=2)", answers, nodes=2)
    assert [f.count for f in search.tree.failures.values()] == [2]


async def test_a_failure_that_two_races_tell_counts_once(tmp_path: Path) -> None:
    search, _ = await searched(tmp_path, "best-of-n(n=2)+best-of-n(n=2)", {"": [script("crash")]})
    assert [f.count for f in search.tree.failures.values()] == [4]


async def test_no_further_wave_is_begun_when_the_execution_budget_is_spent(tmp_path: Path) -> None:
    class Long(SleepingExecutor):
        async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
            await super().run(execution, on_usage)
            return Outcome("exited", 1, 10.0, 0.0, 0, "exit code 1")

    model = Answers({"": [script("crash")]})
    search = Search(
        tmp_path,
        ev.Budget(execution_seconds=5, nodes=1),
        Settings(workers=4, slots=4),
        model=model,
        executor=Long(),
        strategy="best-of-n(n=16,agree=1)",
    )
    await search.run()
    assert len(model.requests) <= 2


async def test_a_scorer_that_fails_for_one_candidate_leaves_the_others(tmp_path: Path) -> None:
    from tests.doubles import FirstLineScorer

    class Choosy(FirstLineScorer):
        async def score(self, node_folder: Path, submissions: object, output: Path | None) -> ScoreReport:
            report = await super().score(node_folder, submissions, output)  # type: ignore[arg-type]
            if report.value == 0.1:
                raise ScoringFailed("the metric died")
            return report

    answers = {"": [script("score 0.1"), script("score 0.2")]}
    search, _ = await searched(tmp_path, "best-of-n(n=2)", answers, scorer=Choosy())
    node = search.tree.nodes[0]
    assert node.valid
    assert node.candidates[0].verdict == "invalid_submission"


async def test_chance_does_not_depend_on_what_ends_first(tmp_path: Path) -> None:
    """Forks come in another order in each search, since the plans before them do."""
    spec = "best-of-n(n=3)+planner+verifier(n=2)"
    drawn, chosen = [], []
    pauses: tuple[Callable[[ChatRequest], float], ...] = (
        lambda request: request.sampling.seed % 7 * 0.02,
        lambda request: (7 - request.sampling.seed % 7) * 0.02,
    )
    for turn, folder in enumerate(("a", "b")):
        answers: dict[str, list[object]] = {
            "First, only a plan": ["Trees."],
            "Compare two scripts": ['{"better": "A"}'],
            "": [scored],
        }
        model = Answers(answers, pause=pauses[turn])
        search, _ = await searched(tmp_path / folder, spec, {}, model=model)
        drawn.append(sorted((r.sampling.seed, r.messages[-1].content) for r in model.requests))
        chosen.append(search.store.read(0, "solution.py"))
    assert drawn[0] == drawn[1]
    assert chosen[0] == chosen[1]


def scored(request: ChatRequest) -> str:
    """A script whose score is its seed's."""
    return script(f"score 0.{request.sampling.seed % 1000:03}")


async def test_a_nodes_prompts_do_not_change_while_its_candidates_fail(tmp_path: Path) -> None:
    """Else neither would the server's prefix cache serve them, nor the same seed give the same search."""
    model = Answers({"": [script("crash")]})
    settings = Settings(workers=2, slots=1, sequential=True)
    search = Search(tmp_path, ev.Budget(nodes=3), settings, model=model, strategy="best-of-n(n=3,agree=1)")
    await search.run()
    for node in range(3):
        asked = {r.messages[-1].content for r in model.requests if r.proposal.number == node}
        assert len(asked) == 1
