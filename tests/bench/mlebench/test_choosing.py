"""Grading competitions without MLE-bench's package, and what is said where that cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.tasks.mlebench.layouts import LAYOUTS, dogs_vs_cats, may_2022, write_leaderboard
from tui_aide.bench.grade import Grader
from tui_aide.bench.mlebench.choosing import competition_grader
from tui_aide.bench.mlebench.package import PackageGrader, package_python
from tui_aide.bench.suite import SuiteTask
from tui_aide.errors import UsageError
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder

MAY = "tabular-playground-series-may-2022"
SPOOKY = "spooky-author-identification"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("TUI_AIDE_MLEBENCH_PYTHON", raising=False)


def grader_of(tmp_path: Path, id_: str, scores: list[float] | None = None) -> Grader:
    LAYOUTS[id_](tmp_path / "data")
    if scores is not None:
        write_leaderboard(tmp_path / "data", id_, scores)
    return competition_grader(SuiteTask(mlebench=id_, mlebench_dir=str(tmp_path / "data")))


def answers(tmp_path: Path, id_: str) -> pd.DataFrame:
    return pd.read_csv(tmp_path / "data" / id_ / "prepared" / "private" / "test.csv")


def test_our_metric_and_the_leaderboard_beside_the_data_grade(tmp_path: Path) -> None:
    grader = grader_of(tmp_path, MAY, [0.99 - n / 100 for n in range(50)])
    assert grader.terms is not None
    assert (grader.terms.metric, grader.terms.dummy) == ("roc_auc", 0.5)
    assert grader.terms.top == pytest.approx(0.95)
    truth = answers(tmp_path, MAY)
    for name, prediction in (("right", truth["target"]), ("wrong", 1 - truth["target"])):
        truth[["id"]].assign(target=prediction).to_csv(tmp_path / f"{name}.csv", index=False)
    right, wrong = grader.grade(tmp_path / "right.csv"), grader.grade(tmp_path / "wrong.csv")
    assert (right.score, right.medal, right.above_median) == (1.0, "gold", True)
    assert (wrong.score, wrong.medal, wrong.percentile) == (0.0, None, 0.0)
    assert grader.grade(tmp_path / "none.csv").made is False


def test_a_column_of_answers_for_each_class_is_understood(tmp_path: Path) -> None:
    grader = grader_of(tmp_path, SPOOKY)
    answers(tmp_path, SPOOKY).to_csv(tmp_path / "right.csv", index=False)
    right = grader.grade(tmp_path / "right.csv")
    assert right.score == pytest.approx(0.0, abs=1e-9)
    assert right.medal is None  # there is no leaderboard


def test_answers_in_which_a_row_has_two_classes_are_refused(tmp_path: Path) -> None:
    LAYOUTS[SPOOKY](tmp_path / "data")
    path = tmp_path / "data" / SPOOKY / "prepared" / "private" / "test.csv"
    pd.read_csv(path).assign(EAP=1, HPL=1).to_csv(path, index=False)
    grader = competition_grader(SuiteTask(mlebench=SPOOKY, mlebench_dir=str(tmp_path / "data")))
    assert grader.terms is None
    assert "a row has no class, or several" in grader.grade(path).why


def test_what_only_the_package_can_grade_says_how_to_get_it(tmp_path: Path) -> None:
    grader = grader_of(tmp_path, "dogs-vs-cats-redux-kernels-edition")
    (tmp_path / "s.csv").write_text("id,label\n1,0.5\n")
    grade = grader.grade(tmp_path / "s.csv")
    assert (grade.made, grade.score) == (True, None)
    assert "git clone https://github.com/openai/mle-bench" in grade.why
    assert "TUI_AIDE_MLEBENCH_PYTHON" in grade.why


def test_missing_answers_leave_submissions_unscored(tmp_path: Path) -> None:
    may_2022(tmp_path / "data")
    private = tmp_path / "data" / MAY / "prepared" / "private"
    for path in private.iterdir():
        path.unlink()
    grader = competition_grader(SuiteTask(mlebench=MAY, mlebench_dir=str(tmp_path / "data")))
    (tmp_path / "s.csv").write_text("id,target\n")
    assert "there are no answers" in grader.grade(tmp_path / "s.csv").why


def test_an_interpreter_without_the_package_is_told_with_the_remedy(tmp_path: Path) -> None:
    dogs_vs_cats(tmp_path)
    id_ = "dogs-vs-cats-redux-kernels-edition"
    with pytest.raises(UsageError, match=r"has no MLE-bench .*git lfs pull.*not on PyPI"):
        PackageGrader(CompetitionFolder(id_, tmp_path / id_), sys.executable)


def test_no_interpreter_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no interpreter and no venv"):
        package_python(str(tmp_path / "nothing"))
    monkeypatch.setenv("TUI_AIDE_MLEBENCH_PYTHON", str(tmp_path))
    with pytest.raises(UsageError, match="TUI_AIDE_MLEBENCH_PYTHON"):
        package_python()
