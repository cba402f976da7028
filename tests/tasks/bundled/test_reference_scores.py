from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.tasks.bundled import BUNDLED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("repository"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.mark.parametrize("name", BUNDLED)
def test_committed_figures_are_what_the_script_measures(name: str) -> None:
    from benchmarks.reference_models import dummy, load, simple
    from benchmarks.reference_scores import score

    data, found = load(name), BUNDLED[name].references
    assert score(data.task.metric, data.truth, dummy(data)) == pytest.approx(found.dummy, abs=1e-3)
    assert score(data.task.metric, data.truth, simple(data)) == pytest.approx(found.simple, rel=0.02)


def test_model_that_trusts_the_leak_is_worse_than_one_without() -> None:
    from benchmarks.reference_models import load, sensible
    from benchmarks.reference_scores import score

    data = load("leaky")
    honest = score("brier", data.truth, sensible(data))
    trusting = score("brier", data.truth, sensible(data, without_leak=False))
    assert trusting > honest + 0.03
    assert honest == pytest.approx(BUNDLED["leaky"].references.sensible, rel=0.03)


def test_every_task_has_a_strong_model(repository: Path) -> None:
    from tui_aide.bench.teams.strong import STRONG

    assert set(STRONG) == set(BUNDLED)
    assert (repository / "tui_aide" / "tasks" / "bundled" / "references.toml").is_file()
