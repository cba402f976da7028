from __future__ import annotations

import pytest

from tui_aide.cli import main
from tui_aide.engine.policies import POLICIES
from tui_aide.engine.spec import parameters_of
from tui_aide.engine.strategies import STRATEGIES


def test_every_strategy_and_policy_is_listed_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies"]) == 0
    out = capsys.readouterr().out
    for name in (*STRATEGIES, *POLICIES):
        assert sum(line.split()[0] == name for line in out.splitlines() if line.startswith("  ")) == 1


@pytest.mark.parametrize("name", [*STRATEGIES, *POLICIES])
def test_each_is_explained_with_parameters_and_source(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", name]) == 0
    out = capsys.readouterr().out
    kind = {**STRATEGIES, **POLICIES}[name]
    assert "Source: " in out
    assert "Args:" not in out
    for parameter in parameters_of(kind):
        assert f"  {parameter.name}={parameter.default} " in out
        assert parameter.meaning.rstrip(".") in out


def test_a_misspelt_name_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", "evolutoin"]) == 2
    assert "Did you mean 'evolution'?" in capsys.readouterr().err
