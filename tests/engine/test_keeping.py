"""Which script, plan and output a node keeps, and what is told of them, after answers of which some hold nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.answering import Answers, script, searched
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.engine.strategies import Desk
from tui_aide.errors import ModelRefusedError
from tui_aide.models.chat import ChatRequest
from tui_aide.tree import events as ev

CHECKED = "Your turn again: the script was checked"
FAILED = "Your turn again: the script was run and failed"
REVIEW = "Your turn again: review"
REVISE = "Your turn again: revise"
CUT = "Half a plan.\n\n```python\nprint('cut\n"
"""What is taken for a broken script, of which the beginning is kept."""

BROKEN = "A bad plan.\n\n```python\nimport csvv\ncsvv.x()\n```\n"


class Cutting(Answers):
    """Ends answers whose fence is open as a server does at its limit."""

    async def stream(self, request: ChatRequest):  # type: ignore[no-untyped-def]
        from tui_aide.models.chat import Delta, Finish

        cut = False
        async for item in super().stream(request):
            if isinstance(item, Delta) and item.kind == "answer":
                cut = item.text.count("```") % 2 == 1
            yield Finish("length", item.tokens) if isinstance(item, Finish) and cut else item


@pytest.mark.parametrize("nothing", [CUT, "A poem.", ModelRefusedError("too long")], ids=["cut", "poem", "refused"])
@pytest.mark.parametrize("spec", ["self-debugging", "self-reflection", "best-of-n(n=2)+self-debugging"])
async def test_a_fix_that_holds_no_script_leaves_script_plan_and_output(
    tmp_path: Path, spec: str, nothing: object
) -> None:
    model = Cutting({"": [script("crash")], REVIEW: ["1. Line 2: no."], FAILED: [nothing], REVISE: [nothing]})
    search, _ = await searched(tmp_path, spec, {}, model=model)
    node = search.tree.nodes[0]
    assert node.verdict == "crash"
    assert search.store.read(0, "solution.py").startswith("# crash")
    assert "it crashed" in search.store.read(0, "output.log")
    assert search.store.read(0, "plan.md").startswith("A plan for crash")
    assert node.plan.startswith("A plan for crash")


async def test_a_revision_that_holds_no_script_leaves_the_plan(tmp_path: Path) -> None:
    model = Cutting({"": [script("score 1")], REVIEW: ["1. Line 2: no."], REVISE: [CUT]})
    search, _ = await searched(tmp_path, "self-refine", {}, model=model)
    node = search.tree.nodes[0]
    assert node.valid
    assert search.store.read(0, "solution.py").startswith("# score 1")
    assert node.plan.startswith("A plan for score 1")


async def test_a_fix_by_several_that_hold_none_returns_to_the_one_that_failed(tmp_path: Path) -> None:
    model = Cutting({"": [script("timeout"), script("crash")], FAILED: ["A poem.", CUT]})
    search, _ = await searched(tmp_path, "self-debugging+best-of-n(n=2)", {}, model=model)
    node = search.tree.nodes[0]
    assert node.verdict == "timeout"
    assert search.store.read(0, "solution.py").startswith("# timeout")
    assert [c.number for c in node.candidates.values() if c.chosen] == [0]


async def test_a_script_is_kept_under_the_number_of_its_run_and_output_with_it(tmp_path: Path) -> None:
    """What is only checked in between takes nobody's place."""
    answers = {"": [script("crash")], FAILED: [BROKEN], CHECKED: [script("score 1")]}
    search, _ = await searched(tmp_path, "self-debugging+preflight", answers)
    assert search.tree.nodes[0].valid
    assert search.store.read(0, "solution-1.py").startswith("# crash")
    assert "it crashed" in search.store.read(0, "output-1.log")
    assert "it crashed" not in search.store.read(0, "output.log")


async def test_what_was_only_checked_is_not_told_to_have_run(tmp_path: Path) -> None:
    answers = {"": [script("crash")], FAILED: [BROKEN], CHECKED: [BROKEN]}
    search, model = await searched(tmp_path, "self-debugging(rounds=2)+preflight(rounds=0)", answers)
    last = model.requests[-1].messages[-1].content.split("# Your turn again: ")[-1]
    assert last.startswith("the script was checked and not run")
    assert "csvv" in last
    assert "it crashed" not in last, "that was another script's output"
    assert search.tree.nodes[0].verdict == "preflight"
    assert not search.store.read(0, "output.log"), "the script that the node shows was not run"
    answers = {"": [BROKEN], REVIEW: ["No specific errors found."]}
    _, model = await searched(tmp_path / "r", "self-reflection+preflight(rounds=0)", answers)
    assert "(it was not run: this was found in its text)" in model.requests[-1].messages[-1].content


async def test_a_script_is_run_where_the_tokens_end_at_its_review(tmp_path: Path) -> None:
    model = Answers({"": [script("score 1")], REVIEW: ["1. Line 2: no."]})
    search = Search(tmp_path, ev.Budget(tokens=4000, nodes=1), Settings(), model=model, strategy="self-refine")
    ledger, emit = search.engine.ledger, search.engine._emit

    def spending(event: ev.Event) -> ev.Event:
        if isinstance(event, ev.CodeChecked):
            ledger.tokens = 4000
        return emit(event)

    search.engine.maker._emit = spending
    await search.run()
    assert search.tree.nodes[0].valid, search.tree.nodes[0].message


async def test_the_files_are_the_chosen_ones_where_the_tokens_end_later(tmp_path: Path) -> None:
    model = Answers({"": [script("crash"), script("timeout")], FAILED: [script("score 1")]})
    search = Search(
        tmp_path,
        ev.Budget(tokens=4000, nodes=1),
        Settings(workers=4, slots=2),
        model=model,
        strategy="self-debugging+best-of-n(n=2)",
    )
    ledger, emit = search.engine.ledger, search.engine._emit

    def spending(event: ev.Event) -> ev.Event:
        if isinstance(event, ev.CandidateChosen):
            ledger.tokens = 4000
        return emit(event)

    search.engine.maker._emit = spending
    await search.run()
    node = search.tree.nodes[0]
    assert node.candidates[1].chosen or node.candidates[2].chosen
    assert node.verdict == "cancelled"
    assert not search.store.read(0, "solution.py").startswith("# crash")


async def test_a_candidate_that_wrote_nothing_can_be_the_one(tmp_path: Path) -> None:
    from tui_aide.engine.strategies import Chain, Result, Strategy, Writer, make_strategy

    class Refusing(Strategy):
        """Gives up on all but the first, which is cut short."""

        name = "refusing"

        async def write(self, desk: Desk, inner: Writer) -> str | Result:
            return Result("crash" if desk.number else "cancelled", "without a sample")

    search = Search(tmp_path, ev.Budget(nodes=1), model=Answers({"": [script("score 1")]}))
    search.engine.strategy = Chain([*make_strategy("best-of-n(n=2)").parts, Refusing()])
    await search.run()
    assert search.tree.status == "finished", search.tree.status_reason
    assert search.tree.nodes[0].candidates[1].chosen
