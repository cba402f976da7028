from __future__ import annotations

import json

import pytest

from tui_aide.cli import main
from tui_aide.engine.policies import POLICIES
from tui_aide.engine.presets import PRESETS
from tui_aide.engine.spec import parameters_of
from tui_aide.engine.strategies import STRATEGIES


def test_every_strategy_and_policy_is_listed_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies"]) == 0
    out = capsys.readouterr().out
    for name in (*STRATEGIES, *POLICIES, *PRESETS):
        assert sum(line.startswith(f"  {name} ") for line in out.splitlines()) == 1


def test_every_strategy_tells_its_cost_use_and_source() -> None:
    for kind in STRATEGIES.values():
        assert kind.cost
        assert kind.good_for
        assert any(year in kind.source for year in ("2022", "2023", "2024", "2025")), kind.source


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_tells_what_it_stands_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", name]) == 0
    assert PRESETS[name].strategy in capsys.readouterr().out


def test_all_of_it_is_there_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["strategies"]) >= set(STRATEGIES)
    assert told["strategies"]["best-of-n"]["parameters"][0]["name"] == "n"
    assert set(told["presets"]) == set(PRESETS)


@pytest.mark.parametrize("name", [*STRATEGIES, *POLICIES])
def test_each_is_explained_with_parameters_and_source(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", name]) == 0
    out = capsys.readouterr().out
    kind = {**STRATEGIES, **POLICIES}[name]
    assert "Source: " in out
    assert "Args:" not in out
    for parameter in parameters_of(kind):
        assert f"  {parameter.name}={parameter.default} " in out
        assert parameter.meaning.rstrip(".") in " ".join(out.split())


def test_a_misspelt_name_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies", "evolutoin"]) == 2
    assert "Did you mean 'evolution'?" in capsys.readouterr().err
