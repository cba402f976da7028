"""Grading bundled tasks with several targets, or with free text: right answers are perfect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.bench.graders import grader_for
from tui_aide.bench.suite import SuiteTask
from tui_aide.tasks.bundled import generate
from tui_aide.tasks.bundled.materialising import materialise
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.metrics import METRICS


@pytest.mark.parametrize("name", ["remarks", "readings", "scans"])
def test_right_answers_are_perfect(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path))
    task = load_task(materialise(name, tmp_path / "tasks"))
    hidden = generate(name).hidden
    hidden[[task.id, *task.target_columns]].to_csv(tmp_path / "right.csv", index=False)
    grade = grader_for(SuiteTask(bundled=name), name).grade(tmp_path / "right.csv")
    assert grade.score == pytest.approx(METRICS[task.metric].best), grade.why
