from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.models.builtin.views import ask, inputs, proposal, request, script_of, target_of, write_task
from tui_aide.models.builtin.proposer import BuiltinProposer
from tui_aide.models.chat import ChatModel, Delta, Finish
from tui_aide.tasks.task import TaskView


@pytest.fixture
def view(tmp_path: Path) -> TaskView:
    table = inputs()
    return write_task(tmp_path, table, target_of(table, "probabilities", 2), "roc_auc")


async def test_stream_is_reasoning_then_answer_then_one_finish(view: TaskView) -> None:
    model: ChatModel = BuiltinProposer(float("inf"))
    items = [item async for item in model.stream(request(proposal(view)))]
    kinds = [item.kind for item in items if isinstance(item, Delta)]
    assert kinds == sorted(kinds, reverse=True)
    assert len(items) - len(kinds) == 1
    assert isinstance(items[-1], Finish)
    assert max(len(item.text) for item in items if isinstance(item, Delta)) < 120
    await model.aclose()


async def test_same_request_gives_the_same_stream_and_other_seeds_other_scripts(view: TaskView) -> None:
    first, again = await ask(request(proposal(view), 3)), await ask(request(proposal(view), 3))
    assert first == again
    scripts = {script_of((await ask(request(proposal(view), seed)))[1]) for seed in range(6)}
    assert len(scripts) > 3


async def test_rationale_says_what_it_is_and_names_columns(view: TaskView) -> None:
    reasoning, answer, _ = await ask(request(proposal(view)))
    assert "no language model" in reasoning
    assert "'bought'" in reasoning
    assert "'note'" in reasoning
    assert answer.count("```python\n") == 1
    assert answer.count("```") == 2


async def test_tokens_count_the_pieces(view: TaskView) -> None:
    items = [item async for item in BuiltinProposer(float("inf")).stream(request(proposal(view)))]
    finish = items[-1]
    assert isinstance(finish, Finish)
    assert finish.reason == "stop"
    assert finish.tokens.prompt == 100
    assert finish.tokens.reasoning + finish.tokens.answer == len(items) - 1


async def test_answer_is_cut_at_the_limit_of_tokens(view: TaskView) -> None:
    _, _, finish = await ask(request(proposal(view), max_tokens=50))
    assert finish.reason == "length"
    assert finish.tokens.reasoning + finish.tokens.answer == 50


async def test_default_pace_can_be_watched(view: TaskView) -> None:
    start = time.monotonic()
    async for _ in BuiltinProposer().stream(request(proposal(view))):
        pass
    assert 0.4 < time.monotonic() - start < 4


async def test_cancelling_stops_the_stream(view: TaskView) -> None:
    seen = 0

    async def read() -> None:
        nonlocal seen
        async for _ in BuiltinProposer(50.0).stream(request(proposal(view))):
            seen += 1

    task = asyncio.create_task(read())
    while seen < 3:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen < 60


def test_rate_must_be_positive() -> None:
    with pytest.raises(ValueError, match="above 0"):
        BuiltinProposer(0.0)


def test_importing_the_proposer_imports_no_data_library() -> None:
    code = "import sys, tui_aide.models.builtin.proposer; print({'pandas', 'numpy', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
