"""The examples in docs/extending.md work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.engine.answering import script, searched
from tui_aide.cli import main
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy

TEXT = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
STRATEGY, POLICY = (block for block in re.findall(r"```python\n(.*?)\n```\n", TEXT, re.DOTALL) if "import" in block)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUI_AIDE_CONFIG_DIR", str(tmp_path))
    for folder, name, code in (("strategies", "short_scripts", STRATEGY), ("policies", "best_only", POLICY)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.py").write_text(code)
    return tmp_path


def test_the_strategy_has_about_30_lines() -> None:
    assert 25 <= STRATEGY.count("\n") <= 35


async def test_the_strategy_prefers_the_shorter_script(own: Path) -> None:
    long = script("score 0.5\n" + "pass\n" * 90)
    answers = {"": [long], "Your turn: a first draft": [long, script("score 0.5")]}
    search, model = await searched(own / "s", "short_scripts+preflight", answers)
    node = search.tree.nodes[0]
    assert node.valid
    assert node.candidates[1].chosen
    assert "in half as many lines" in model.requests[1].messages[-1].content
    assert search.store.read(0, "solution.py").count("\n") < 10
    assert list(node.costs) == ["script", "shortening"]


async def test_the_strategy_leaves_a_short_script_alone(own: Path) -> None:
    search, model = await searched(own / "s", "short_scripts(lines=50)", {"": [script("score 0.5")]})
    assert len(model.requests) == 1
    assert search.tree.nodes[0].candidates[0].chosen


def test_both_are_listed_with_their_parameters(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_strategy("short_scripts(lines=9)").spec == "short_scripts(lines=9)"
    assert make_policy("best_only(drafts=7)").spec == "best_only(drafts=7)"
    assert main(["strategies", "short_scripts"]) == 0
    assert "lines=80  from how many lines on a script is long" in capsys.readouterr().out
