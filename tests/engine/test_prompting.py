from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.doubles import toy_view
from tests.engine.answering import script, searched
from tui_aide.engine.prompting import ALLOWANCE, write_prompt
from tui_aide.engine.strategies import STRATEGIES
from tui_aide.models.chat import Attempt, Limits, Proposal
from tui_aide.tasks.task import Column, TaskView
from tui_aide.tree.node import Operator, Score


def attempt(node: int, **more: object) -> Attempt:
    first = Attempt(
        node=node,
        operator="draft",
        plan=f"Plan {node}.",
        code=f"print({node})\n",
        verdict="valid",
        message="",
        score=Score(0.75, 0.01),
        output_tail="fold 1: 0.7\n",
    )
    return msgspec.structs.replace(first, **more)


def proposal(
    operator: Operator = "draft",
    parents: tuple[Attempt, ...] = (),
    memory: tuple[Attempt, ...] = (),
    view: TaskView | None = None,
    instruction: str = "",
) -> Proposal:
    return Proposal(
        operator=operator,
        view=view or toy_view(),
        parents=parents,
        memory=memory,
        instruction=instruction,
        limits=Limits(seconds=600, memory=2_000_000_000, threads=2),
        number=7,
    )


def text_of(asked: Proposal) -> str:
    (message,) = write_prompt(asked).messages
    assert message.role == "user"
    return message.content


def test_draft_states_contract_data_and_limits() -> None:
    text = text_of(proposal())
    for fact in (
        "accuracy (higher is better)",
        "`./submission.csv`",
        "`id`, `y`",
        "one of the classes a, b",
        "600 seconds on 2 CPU thread(s) and 2.0 GB",
        "scikit-learn ",
        "input/train.csv (1,000 bytes)",
        "`x`: numeric",
    ):
        assert fact in text
    assert "$" not in text


@pytest.mark.parametrize("operator", ["draft", "debug", "improve", "branch"])
def test_stable_part_is_the_same_for_all_operators(operator: Operator) -> None:
    parents = () if operator == "draft" else (attempt(3),)
    text = text_of(proposal(operator, parents, instruction="be brief"))
    contract = text_of(proposal()).split("# Your turn")[0]
    assert text.startswith(contract.rstrip())
    assert text.rstrip().endswith("Nothing after it.")


def test_debug_shows_the_script_and_the_end_of_its_output() -> None:
    broken = attempt(3, verdict="crash", message="KeyError: 'x'", score=None, output_tail="KeyError: 'x'\n")
    text = text_of(proposal("debug", (broken,)))
    assert "It failed: crash. KeyError: 'x'" in text
    assert "print(3)" in text


def test_merge_shows_both_scripts_with_their_scores() -> None:
    second = attempt(5, score=Score(0.8125))
    asked = write_prompt(proposal("merge", (attempt(3), second)))
    text = asked.messages[0].content
    for fact in ("merge two scripts", "first scores 0.75.", "print(3)", "second scores 0.8125.", "print(5)"):
        assert fact in text
    long = attempt(5, code="x = 1  # long\n" * 4000)
    cut = write_prompt(proposal("merge", (long, long)))
    assert len(cut.cuts) == 2
    assert len(cut.messages[0].content) < 2 * ALLOWANCE["code"] + 12_000


def test_branch_carries_the_instruction() -> None:
    assert "goes before all else: use 5 folds" in text_of(proposal("branch", (attempt(3),), instruction="use 5 folds"))


def test_dollars_in_the_data_are_left_alone() -> None:
    view = msgspec.structs.replace(toy_view(), description="Prices in $name and $$, up to ${goal}.")
    assert "Prices in $name and $$, up to ${goal}." in text_of(proposal(view=view))


def test_memory_tells_of_other_nodes_without_their_code() -> None:
    failed = attempt(2, verdict="timeout", message="killed after 600 s", score=None, code="import forever\n")
    running = attempt(4, verdict="cancelled", score=None)
    text = text_of(proposal(memory=(attempt(1), failed, running)))
    assert "- being tried, or cut off: Plan 4." in text
    assert "scored 0.75: Plan 1." in text
    assert "failed (timeout: killed after 600 s): Plan 2." in text
    assert "import forever" not in text


def test_long_sections_are_cut_and_the_cut_is_recorded() -> None:
    view = msgspec.structs.replace(toy_view(), description="x" * 50_000)
    parent = attempt(3, output_tail="first\n" + "y" * 50_000 + "\nlast line", verdict="crash", score=None)
    prompt = write_prompt(proposal("debug", (parent,), view=view))
    assert len(prompt.messages[0].content) < sum(ALLOWANCE.values())
    assert "last line" in prompt.messages[0].content
    assert [c.split(":")[0] for c in prompt.cuts] == ["description", "output"]
    assert "<!-- cut: description: 50,000 characters to 12,000" in prompt.markdown()


def test_a_run_of_numbered_columns_is_one_line() -> None:
    pixels = tuple(Column(f"p{i:02d}", "numeric", "int64", 99, 0.0, minimum=0, maximum=i) for i in range(100))
    other = Column("age", "numeric", "int64", 50, 0.1, ("30",), 18, 90)
    text = text_of(proposal(view=msgspec.structs.replace(toy_view(), columns=(*pixels, other))))
    assert "- `p00` to `p99`: 100 columns, each numeric, int64, from 0 to 99\n" in text
    assert "- `age`: numeric, int64, 50 different values, 10.0% missing, from 18 to 90, such as '30'" in text
    assert "`p50`" not in text


def test_a_task_that_reports_its_score_is_told_to() -> None:
    files = {"input/data.bin": 1000}
    view = msgspec.structs.replace(
        toy_view(), score="reported", split="none", files=files, columns=(), prediction_columns=(), target="", id=""
    )
    text = text_of(proposal(view=view))
    assert "Print as its last line `score: <number>`: its accuracy" in text
    for falsehood in ("nothing that it prints counts", "submission.csv", "test.csv", "Columns of", "Target", "``."):
        assert falsehood not in text, falsehood


def test_a_task_that_a_command_grades_is_told_what_there_is() -> None:
    view = msgspec.structs.replace(
        toy_view(), score="command", split="none", files={"input/train.csv": 1000}, separator=";", encoding="cp1252"
    )
    text = text_of(proposal(view=view))
    assert "100 rows in train.csv. Their fields are separated by ';'. They are written in cp1252." in text
    assert "Write `./submission.csv` with the columns `id`, `y`." in text
    assert "input/test.csv" not in text
    bare = msgspec.structs.replace(view, prediction_columns=())
    assert "Write `./submission.csv` as the description asks." in text_of(proposal(view=bare))


@pytest.mark.parametrize("operator", ["draft", "branch"])
def test_no_section_is_without_an_allowance(operator: Operator) -> None:
    view = msgspec.structs.replace(toy_view(), files={f"input/images/{'x' * 200}{i}.png": 1 for i in range(200)})
    parents = () if operator == "draft" else (attempt(3),)
    prompt = write_prompt(proposal(operator, parents, view=view, instruction="more " * 100_000))
    assert len(prompt.messages[0].content) < 40_000
    assert [c.split(":")[0] for c in prompt.cuts] == ["files", "instruction"]


@pytest.mark.parametrize("template", ["vote", "value"])
def test_all_plans_are_seen_however_long(template: str) -> None:
    from tui_aide.engine.asking import Ask, Turn
    from tui_aide.engine.strategies.reviewing import listed

    plans = [f"{word} {'word ' * 2000}" for word in ("alpha", "beta", "gamma", "delta", "epsilon")]
    asked = Ask().aside(Turn(template, {"plans": listed(plans), "count": "5"}), "vote")
    prompt = write_prompt(proposal(), asked)
    assert all(plan.split()[0] in prompt.messages[0].content for plan in plans)
    assert not prompt.cuts


def test_every_template_is_filled() -> None:
    """A field that nobody fills would stand in the prompt as it is."""
    operators: tuple[Operator, ...] = ("draft", "debug", "improve", "branch", "merge", "ablate")
    for operator in operators:
        parents = () if operator == "draft" else (attempt(3), attempt(4))
        assert "$" not in text_of(proposal(operator, parents))


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("answer", [script("crash"), script("score 1"), "```python\nimport csvv\n```", "A poem."])
async def test_every_turn_of_a_strategy_is_filled(tmp_path: Path, name: str, answer: str) -> None:
    _, model = await searched(tmp_path, f"{name}+preflight" if name != "preflight" else name, {"": [answer]})
    for request in model.requests:
        assert "$" not in request.messages[-1].content


async def test_what_is_not_certain_is_not_found() -> None:
    from tui_aide.engine.checking import check_script

    code = "open('input/images/0300.png')\nprint('score: 1')\n"
    many = {f"input/images/{i:04}.png": 1 for i in range(200)}
    view = msgspec.structs.replace(toy_view(), score="reported", files=many)
    assert await check_script(code, view) == []
    assert {f.kind for f in await check_script(code, toy_view())} == {"path", "submission"}
