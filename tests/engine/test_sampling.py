"""What a node keeps of its samples: begun anew, thought over, closed, too long, and what they took."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.doubles import SleepingModel
from tests.engine.search import Search
from tests.vllm_double.server import Double
from tui_aide.engine.engine import Settings
from tui_aide.engine.live import LiveNode
from tui_aide.errors import ContextOverflowError, ModelKeyError, ModelUnavailableError, ServerFailedError
from tui_aide.models.chat import (
    ChatRequest,
    Delta,
    Finish,
    Restart,
    Rethought,
    Sampling,
    StreamItem,
    ThinkingEnd,
)
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

ANSWER = "A plan.\n\n```python\n# score 0.5\n```\n"


class Scripted(SleepingModel):
    """Streams the same items for every request."""

    def __init__(self, *items: StreamItem) -> None:
        super().__init__()
        self.items = items

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:  # type: ignore[override]
        self.requests.append(request)
        for item in self.items:
            yield item


async def searched(path: Path, model: SleepingModel, sampling: Sampling | None = None) -> Search:
    settings = Settings(workers=1, slots=1, sampling=sampling or Sampling())
    search = Search(path, ev.Budget(nodes=1), settings, model=model)
    await search.run()
    return search


async def test_a_sample_that_begins_anew_leaves_only_its_second_text(tmp_path: Path) -> None:
    model = Scripted(
        Delta("reasoning", "half a thou"),
        Delta("answer", "half an ans"),
        Restart("the server went away"),
        Delta("reasoning", "whole"),
        Delta("answer", ANSWER),
        Finish("stop", Tokens(10, 1, 5), server="http://a/v1"),
    )
    search = await searched(tmp_path, model, Sampling(thinking_budget=100))
    node, folder = search.tree.nodes[0], search.folder.node(0)
    assert (folder / "reasoning.md").read_text() == "whole"
    assert (folder / "answer.md").read_text() == ANSWER
    assert node.valid
    (again,) = [e for e in search.events() if isinstance(e, ev.SampleRestarted)]
    assert again.reason == "the server went away"
    assert (node.server, node.thinking_budget, node.sample_tokens) == ("http://a/v1", 100, Tokens(10, 1, 5))
    assert node.tokens_per_second is not None


async def test_an_answer_that_was_thinking_moves_to_the_reasoning(tmp_path: Path) -> None:
    model = Scripted(
        Delta("answer", "hm, ```python\nwrong\n```\n"),
        Rethought(),
        Delta("reasoning", "so."),
        Delta("answer", ANSWER),
        Finish("stop", Tokens(10, 9, 5)),
    )
    search = await searched(tmp_path, model)
    folder = search.folder.node(0)
    assert (folder / "reasoning.md").read_text() == "hm, ```python\nwrong\n```\nso."
    assert (folder / "answer.md").read_text() == ANSWER
    assert "wrong" not in (folder / "solution.py").read_text()


async def test_a_thinking_that_was_closed_is_an_event(tmp_path: Path) -> None:
    model = Scripted(
        Delta("reasoning", "on and on"),
        ThinkingEnd(4000, "the thinking budget is spent"),
        Delta("answer", "\n"),
        Delta("answer", "\n" + ANSWER),
        Finish("stop", Tokens(10, 4000, 5)),
    )
    search = await searched(tmp_path, model)
    (closed,) = [e for e in search.events() if isinstance(e, ev.ThinkingClosed)]
    assert (closed.tokens, closed.reason) == (4000, "the thinking budget is spent")
    assert (search.folder.node(0) / "answer.md").read_text() == ANSWER


async def test_the_searchs_sampling_reaches_the_model_with_the_nodes_seed(tmp_path: Path) -> None:
    model = Scripted(Delta("answer", ANSWER), Finish("stop", Tokens(1, 0, 1)))
    search = await searched(tmp_path, model, Sampling(max_tokens=1234, thinking_budget=77, seed=5))
    (request,) = model.requests
    assert request.sampling == msgspec.structs.replace(
        Sampling(max_tokens=1234, thinking_budget=77), seed=search.tree.nodes[0].seed
    )


async def test_a_prompt_that_is_too_long_is_written_shorter_until_it_fits(tmp_path: Path) -> None:
    class Small(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            self.requests.append(request)
            if len(self.requests) < 3:
                raise ContextOverflowError("the prompt has too many tokens")
            yield Delta("answer", ANSWER)
            yield Finish("stop", Tokens(1, 0, 1))

    model = Small()
    search = Search(tmp_path, ev.Budget(nodes=1), Settings(workers=1, slots=1), model=model)
    maker = search.engine.maker
    maker._view = msgspec.structs.replace(maker._view, description="long " * 5_000)
    await search.run()
    lengths = [len(r.messages[0].content) for r in model.requests]
    assert lengths[0] > lengths[1] + 4_000 > lengths[2] + 6_000
    assert search.tree.nodes[0].valid
    prompt = (search.folder.node(0) / "prompt.md").read_text()
    assert "<!-- cut: description" in prompt
    assert model.requests[-1].messages[0].content in prompt
    assert sum(isinstance(e, ev.Notice) and "shortened" in e.message for e in search.events()) == 2


async def test_a_prompt_that_never_fits_is_that_nodes_fate(tmp_path: Path) -> None:
    class Tiny(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            self.requests.append(request)
            raise ContextOverflowError("the prompt has too many tokens")
            yield  # type: ignore[unreachable]

    model = Tiny()
    search = await searched(tmp_path, model)
    assert search.tree.nodes[0].verdict == "no_code"
    assert len(model.requests) == 4


@pytest.mark.parametrize("kind", [ModelUnavailableError, ModelKeyError, ServerFailedError])
async def test_what_waiting_here_cannot_mend_ends_the_search_at_once(tmp_path: Path, kind: type[Exception]) -> None:
    class Gone(SleepingModel):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
            self.requests.append(request)
            raise kind("it is gone for good")
            yield  # type: ignore[unreachable]

    model = Gone()
    search = await searched(tmp_path, model)
    assert (search.tree.status, search.tree.status_reason) == ("failed", "it is gone for good")
    assert len(model.requests) == 1


def test_what_turned_out_to_be_thinking_is_counted_for_this_sample_alone() -> None:
    live = LiveNode(0)
    live.begin(0, None)
    live.count(0, 100, "answer")
    live.begin(0, None)
    live.count(0, 7, "answer")
    live.rethink(0)
    assert (live.tokens, live.snapshot("thinking", 0.0).reasoning) == (107, 7)


async def test_what_a_lost_server_streamed_is_counted_though_the_next_one_knows_nothing_of_it(tmp_path: Path) -> None:
    model = Scripted(
        Delta("reasoning", "long", 900),
        Restart("the server went away"),
        Delta("reasoning", "short", 7),
        Delta("answer", ANSWER, 5),
        Finish("stop", Tokens(10, 7, 5), server="http://b/v1"),
    )
    search = await searched(tmp_path, model)
    assert search.tree.nodes[0].tokens == Tokens(10, 907, 5)
    assert search.engine.ledger.tokens == 922


async def test_a_structured_answer_of_endless_blanks_is_ended_early(tmp_path: Path) -> None:
    def write(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
        return "Hm.", ANSWER

    async with Double(write=write, whitespace_trap=True) as double:
        model = OpenAICompatibleModel(double.base_url)
        settings = Settings(workers=1, slots=1, sampling=Sampling(max_tokens=20_000))
        search = Search(tmp_path, ev.Budget(nodes=1), settings, model=model, strategy="tree-of-thoughts")
        await search.run()
        await model.aclose()
    samples = [e for e in search.events() if isinstance(e, ev.SampleFinished)]
    valued = [s for s in samples if s.purpose == "value"]
    assert len(valued) == 4, "two questions, each asked twice"
    assert {s.finish for s in valued} == {"blank"}
    assert max(s.tokens.answer for s in valued) < 1000
    assert {s.finish for s in samples if s.purpose != "value"} == {"stop"}
    assert search.tree.nodes[0].valid
