"""What models are told of a script's output: its end as a person would have seen it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles import toy_view
from tests.engine.answering import Answers, script
from tests.engine.search import Search
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.recall import propose
from tui_aide.models.chat import Limits
from tui_aide.tree import events as ev


async def test_a_prompt_has_progress_bars_in_their_last_state(tmp_path: Path) -> None:
    search = Search(tmp_path, ev.Budget(nodes=1), model=Answers({"": [script("crash")]}))
    await search.run()
    bars = "".join(f"\r\x1b[34m{i:4d}/2000 {'█' * (i % 40)}\x1b[0m" for i in range(2001))
    (search.folder.node(0) / "output.log").write_text(f"reading the tables\n{bars}\nValueError: at the end\n")
    child = ev.NodeCreated(
        node=1, parents=(0,), operator="debug", strategy="single", reason="", seed=0, seq=99
    )  # fmt: skip
    search.tree.apply(child)
    proposal = propose(search.tree, search.store, search.tree.nodes[1], toy_view(), Limits(1.0, None, 1))
    assert proposal.parents[0].output_tail.endswith("\n2000/2000 \nValueError: at the end\n")
    prompt = write_prompt(proposal).markdown()
    assert "1999/2000" not in prompt
    assert "\x1b" not in prompt


async def test_only_outputs_that_a_prompt_shows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(tmp_path, ev.Budget(nodes=5), model=Answers({"": [script("crash")]}))
    await search.run()
    for node in range(5):
        (search.folder.node(node) / "output.log").write_text("epoch 1\n")
    search.tree.apply(
        ev.NodeCreated(node=5, parents=(2,), operator="debug", strategy="single", reason="", seed=0, seq=99)
    )
    read: list[tuple[int, str]] = []
    real = search.store.read

    def noting(node: int, name: str, tail: int | None = None) -> str:
        read.append((node, name))
        return real(node, name, tail)

    monkeypatch.setattr(search.store, "read", noting)
    proposal = propose(search.tree, search.store, search.tree.nodes[5], toy_view(), Limits(1.0, None, 1))
    assert len(proposal.memory) > 2
    assert [p.output_tail for p in proposal.parents] == ["epoch 1\n"]
    assert {node for node, name in read if name == "output.log"} == {2}
