"""Scripts that are certain to fail go back to the model, and cost no execution."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.doubles import SleepingModel
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import ModelError, UsageError
from tui_aide.models.chat import ChatRequest, Delta, Finish, StreamItem
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

GOOD = (
    "# score 0.5\nimport csv\nwith open('submission.csv', 'w') as file:\n    csv.writer(file).writerow(['id', 'y'])\n"
)
BAD = (
    "# score 0.5\nimport csvv\nwith open('submission.csv', 'w') as file:\n    csvv.writer(file).writerow(['id', 'y'])\n"
)


class InTurn(SleepingModel):
    """Answers each request with the next script, the last one for ever."""

    def __init__(self, *scripts: str) -> None:
        super().__init__()
        self.scripts = list(scripts)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
        number = len(self.requests)
        self.requests.append(request)
        script = self.scripts[min(number, len(self.scripts) - 1)]
        yield Delta("reasoning", f"Thought {number}.")
        yield Delta("answer", f"Plan {number}.\n\n```python\n{script}```\n")
        yield Finish("stop", Tokens(10, 1, 5))


async def searched(path: Path, model: InTurn, strategy: str) -> Search:
    search = Search(path, ev.Budget(nodes=1), Settings(workers=1, slots=1), model=model, strategy=strategy)
    await search.run()
    return search


async def test_a_script_that_would_fail_is_written_anew_before_it_runs(tmp_path: Path) -> None:
    model = InTurn(BAD, GOOD)
    search = await searched(tmp_path / "s", model, "preflight")
    node = search.tree.nodes[0]
    assert node.verdict == "valid"
    assert node.tokens == Tokens(20, 2, 10)
    events = search.events()
    assert sum(isinstance(e, ev.ExecutionStarted) for e in events) == 1
    assert sum(isinstance(e, ev.SampleFinished) for e in events) == 2
    (first, second) = (request.messages[-1].content for request in model.requests)
    assert second.startswith(first), "the server's prefix cache serves all but the end"
    assert "- line 2: " in second
    assert "'csvv'" in second
    assert "did you mean 'csv'?" in second
    assert BAD.strip() in second
    assert search.store.read(0, "reasoning-0.md") == "Thought 0."
    assert search.store.read(0, "reasoning.md") == "Thought 1."
    assert search.store.read(0, "prompt-0.md").strip() == first.strip()
    assert search.store.read(0, "solution.py").strip() == GOOD.strip()


@pytest.mark.parametrize("rounds", [0, 2])
async def test_the_rounds_are_an_end_and_nothing_is_executed(tmp_path: Path, rounds: int) -> None:
    model = InTurn(BAD)
    search = await searched(tmp_path / "s", model, f"preflight(rounds={rounds})")
    node = search.tree.nodes[0]
    assert node.verdict == "preflight"
    assert node.message.startswith("line 2: ")
    assert len(model.requests) == rounds + 1
    assert not any(isinstance(e, ev.ExecutionStarted) for e in search.events())
    sizes = [len(request.messages[-1].content) for request in model.requests]
    assert sizes[1:] == sizes[1:2] * rounds, "each round shows the last script alone"


async def test_single_runs_what_it_gets(tmp_path: Path) -> None:
    search = await searched(tmp_path / "s", InTurn(BAD), "single")
    assert any(isinstance(e, ev.ExecutionStarted) for e in search.events())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("prefligth", "Did you mean 'preflight'?"),
        ("preflight(round=1)", "rounds"),
        ("preflight(rounds=9)", "from 0 to 5"),
        ("single(n=2)", "no parameters"),
        ("preflight+prefligth", "Did you mean 'preflight'?"),
    ],
)
def test_a_bad_spec_is_told_in_one_line(spec: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")) as error:
        make_strategy(spec)
    assert "\n" not in str(error.value)


class LosesOne(InTurn):
    """Breaks off at its second request."""

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
        if len(self.requests) == 1:
            self.requests.append(request)
            raise ModelError("it broke off")
        async for item in super().stream(request):
            yield item


async def test_a_node_tried_anew_does_not_begin_with_the_findings_of_before(tmp_path: Path) -> None:
    model = LosesOne(BAD, GOOD)
    search = await searched(tmp_path / "s", model, "preflight")
    first, corrected, again = (request.messages[-1].content for request in model.requests)
    assert search.tree.nodes[0].verdict == "valid"
    assert "csvv" in corrected
    assert again == first


async def test_an_answer_without_a_script_is_asked_for_again_with_a_word_why(tmp_path: Path) -> None:
    class Rambles(InTurn):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
            if self.requests:
                async for item in super().stream(request):
                    yield item
                return
            self.requests.append(request)
            yield Delta("answer", "One could use trees.")
            yield Finish("length", Tokens(10, 0, 5))

    model = Rambles(GOOD)
    search = await searched(tmp_path / "s", model, "preflight")
    assert search.tree.nodes[0].valid
    first, second = model.requests
    assert "# Your turn again: your answer held no script" in second.messages[-1].content
    assert first.sampling.thinking_budget is None
    assert second.sampling.thinking_budget == 4096, "it was cut off, so it is to think less"
    assert search.tree.nodes[0].steps[0].title == "asked for again: truncated"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "from sklearn.gradient_boosting import GradientBoostingClassifier",
            "no module 'sklearn.gradient_boosting': use sklearn.ensemble, which has 'GradientBoostingClassifier'",
        ),
        ("from sklearn.boosting import GradientBooster", "use sklearn.ensemble, which has 'GradientBoosting"),
        ("from sklearn.nothing import zzzz", "'sklearn' has no such submodule; use another, or leave it out"),
    ],
)
async def test_a_missing_submodule_is_told_with_where_the_name_is_at_home(line: str, words: str) -> None:
    from tests.doubles import toy_view
    from tui_aide.engine.checking import check_script

    findings = await check_script(f"{line}\nopen('submission.csv', 'w').write('x')\n", toy_view())
    assert any(words in f.message for f in findings), findings
