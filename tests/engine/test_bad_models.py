"""Models that answer nothing of use, strategies that break: the search goes on, or ends in words, and spends no end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.engine.answering import Answers, script, searched
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.engine.presets import PRESETS
from tui_aide.engine.strategies import Chain, Desk, Maker, Result, Strategy, Writer
from tui_aide.engine.strategies.race import Race
from tui_aide.errors import ModelRefusedError, UsageError
from tui_aide.tree import events as ev

NOTHING = {
    "nothing": "",
    "a poem": "Roses are red,\nviolets are blue.\n",
    "another language": "对不起，我不能帮助你。\n",
    "1 MB of text": "words and more words " * 50_000,
    "HTML": "<!DOCTYPE html><html><body><pre>import pandas</pre></body></html>",
    "a tag": "<think>\n",
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("answer", NOTHING.values(), ids=NOTHING.keys())
async def test_what_holds_no_script_ends_with_its_budget(tmp_path: Path, preset: str, answer: str) -> None:
    search, model = await searched(tmp_path, PRESETS[preset].strategy, {"": [answer]}, nodes=3)
    assert search.tree.status == "finished"
    assert {n.verdict for n in search.tree.nodes.values()} <= {"no_code", "truncated", "syntax", "preflight"}
    assert len(model.requests) <= 3 * 4 * 3, "bounded in each node"
    assert len(search.folder.journal.read_bytes()) < 200_000, "what a model writes does not fill the journal"


@pytest.mark.parametrize("preset", PRESETS)
async def test_the_same_answer_for_ever_ends_with_its_budget(tmp_path: Path, preset: str) -> None:
    search, _ = await searched(tmp_path, PRESETS[preset].strategy, {"": [script("crash")]}, nodes=6)
    assert search.tree.status == "finished"
    assert not any(n.valid for n in search.tree.nodes.values())


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("tokens", [1, 500, 700])
async def test_a_budget_smaller_than_one_node_ends_in_words(tmp_path: Path, preset: str, tokens: int) -> None:
    model = Answers({"": [script("score 1")]})
    search = Search(
        tmp_path,
        ev.Budget(tokens=tokens),
        Settings(workers=2, slots=1),
        model=model,
        strategy=PRESETS[preset].strategy,
    )
    await search.run()
    assert search.tree.status == "finished"
    assert search.tree.tokens.total <= tokens
    assert f"the budget of {tokens} tokens is spent" in search.tree.status_reason


class Raises(Strategy):
    """Raises."""

    name = "raises"

    async def make(self, desk: Desk, inner: Maker) -> Result:
        raise KeyError("nothing there")


class ReturnsNonsense(Strategy):
    """Returns what is no result."""

    name = "nonsense"

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        return 42  # type: ignore[return-value]


@pytest.mark.parametrize(("part", "words"), [(Raises(), "KeyError"), (ReturnsNonsense(), "must return a script")])
async def test_a_strategy_that_breaks_is_named_and_ends_the_search_after_three(
    tmp_path: Path, part: Strategy, words: str
) -> None:
    search = Search(tmp_path, ev.Budget(nodes=9), model=Answers({"": [script("score 1")]}))
    search.engine.strategy = Chain([part])
    await search.run()
    assert search.tree.status == "failed"
    assert f"strategy {part.name}" in search.tree.status_reason
    assert words in search.tree.status_reason
    assert search.tree.nodes[0].verdict == "no_code"
    assert len(search.tree.nodes) <= 6


async def test_a_candidate_that_the_server_refuses_is_its_own_fate_alone(tmp_path: Path) -> None:
    answers = {"": [ModelRefusedError("too odd"), script("score 1")]}
    search, _ = await searched(tmp_path, "best-of-n(n=3)", answers)
    node = search.tree.nodes[0]
    assert node.valid
    assert node.candidates[0].verdict == "no_code"
    assert node.candidates[0].message == "too odd"
    all_refused, _ = await searched(tmp_path / "r", "best-of-n(n=3)", {"": [ModelRefusedError("too odd")]})
    assert all_refused.tree.nodes[0].message == "too odd"


async def test_a_stop_in_the_middle_of_a_race_leaves_no_task(tmp_path: Path) -> None:
    model = Answers({"": [script("score 1")]}, pause=lambda request: 60.0)
    settings = Settings(workers=8, slots=1)
    search = Search(tmp_path, ev.Budget(nodes=2), settings, model=model, strategy="best-of-n(n=4)+self-debugging")
    running = asyncio.create_task(search.run())
    await search.until(lambda e: isinstance(e, ev.SampleStarted) and e.candidate == 3 and e.node == 1)
    await asyncio.sleep(0.05)
    search.engine.stop("enough")
    await running
    assert search.tree.status == "stopped"
    assert len(model.cancelled) == 8
    left = [t for t in asyncio.all_tasks() if t.get_name().startswith(("candidate", "node"))]
    assert not left
    again = Search(tmp_path, ev.Budget(nodes=2), settings, model=Answers({"": [script("score 1")]}))
    await again.run()
    assert [n.valid for n in again.tree.nodes.values()] == [True, True]
    assert again.tree.nodes[0].tokens.total == 18, "what was cancelled is void, and counted once"
    assert not again.tree.nodes[0].candidates


async def test_a_lost_model_in_a_race_is_tried_again_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_aide.engine.making._MODEL_PAUSES", (0.0,))
    from tests.engine.answering import LOST

    search, _ = await searched(tmp_path, "best-of-n(n=3)", {"": [script("score 0.1"), LOST, script("score 0.2")]})
    assert search.tree.nodes[0].valid
    assert search.tree.status == "finished"
    assert any(isinstance(e, ev.Notice) and "it broke off" in e.message for e in search.events())


def test_ranges_are_told_before_anything_starts() -> None:
    from tui_aide.engine.strategies import make_strategy

    for spec, words in {
        "best-of-n(n=0)": "n must be from 1 to 32, not 0",
        "best-of-n(n=2,agree=3)": "agree must be from 0 to 2",
        "self-consistency(select=vot)": "select must be vote or score or first, not vot",
        "self-debugging(rounds=99)": "rounds must be from 1 to 5",
        "best-of-n+": "wants a name at its end",
        "": "wants a name",
    }.items():
        with pytest.raises(UsageError) as error:
            make_strategy(spec)
        assert words in str(error.value), str(error.value)


async def test_an_empty_race_is_not_begun() -> None:
    async def make(desk: Desk) -> Result:
        raise AssertionError

    assert await Race(make).run([]) == []
