"""MLE-bench itself, in its own interpreter: `TUI_AIDE_MLEBENCH_PYTHON=VENV pytest -m mlebench`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.tasks.mlebench.layouts import LAYOUTS, write_leaderboard
from tui_aide.bench.mlebench.choosing import competition_grader
from tui_aide.bench.mlebench.package import VARIABLE, PackageGrader, package_python
from tui_aide.bench.suite import SuiteTask
from tui_aide.tasks.medals import above_median, medal_of, thresholds
from tui_aide.tasks.mlebench.competitions import COMPETITIONS
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder

pytestmark = pytest.mark.mlebench

SCORES = [n / 100 for n in range(1, 99)]


@pytest.fixture
def python() -> str:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} names no interpreter with MLE-bench")
    found = package_python()
    assert found is not None
    return found


@pytest.fixture(params=sorted(LAYOUTS))
def graded(request: pytest.FixtureRequest, tmp_path: Path, python: str) -> Iterator[tuple[str, PackageGrader]]:
    id_ = request.param
    LAYOUTS[id_](tmp_path)
    board = write_leaderboard(tmp_path, id_, SCORES if COMPETITIONS[id_].direction == "min" else SCORES[::-1])
    grader = PackageGrader(CompetitionFolder(id_, tmp_path / id_), python, board)
    yield id_, grader
    grader.close()


def _best(root: Path, id_: str) -> Path:
    private = root / id_ / "prepared" / "private"
    names = ("gold_submission.csv", "answers.csv", "test.csv")
    return next(private / name for name in names if (private / name).is_file())


def test_right_answers_win_gold_and_the_direction_is_ours(graded: tuple[str, PackageGrader], tmp_path: Path) -> None:
    id_, grader = graded
    assert grader.terms.direction == COMPETITIONS[id_].direction
    grade = grader.grade(_best(tmp_path, id_))
    assert grade.score == pytest.approx(0.0 if grader.terms.direction == "min" else 1.0, abs=1e-5)
    assert (grade.medal, grade.above_median, grade.percentile, grade.normalised) == ("gold", True, 1.0, 1.0)


def test_its_medals_are_ours(graded: tuple[str, PackageGrader], tmp_path: Path) -> None:
    _, grader = graded
    assert grader.terms.thresholds == thresholds(SCORES, grader.terms.direction)
    sample = tmp_path / graded[0] / "prepared" / "public" / "sample_submission.csv"
    if sample.is_file():
        grade = grader.grade(sample)
        assert grade.score == grader.terms.dummy
        assert grade.medal == medal_of(grade.score, grader.terms.thresholds)
        assert grade.above_median == above_median(grade.score, grader.terms.thresholds)


def test_wrong_submissions_say_what_its_validator_says(graded: tuple[str, PackageGrader], tmp_path: Path) -> None:
    _, grader = graded
    path = tmp_path / "wrong.csv"
    for text in ("a,b\n1,2\n", "", "\0\0"):
        path.write_text(text)
        grade = grader.grade(path)
        assert (grade.made, grade.valid, grade.percentile) == (True, False, 0.0)
        assert grade.why
    assert grader.grade(tmp_path / "none.csv").made is False


def test_our_own_metric_agrees_where_it_is_used(
    graded: tuple[str, PackageGrader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, grader = graded
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    ours = competition_grader(SuiteTask(mlebench=id_, mlebench_dir=str(tmp_path)))
    if ours.terms is None:
        pytest.skip("only the package knows its metric")
    sample = tmp_path / id_ / "prepared" / "public" / "sample_submission.csv"
    if not sample.is_file():
        pytest.skip("it has no sample submission with just id and predictions")
    theirs = grader.grade(sample)
    assert ours.grade(sample).score == pytest.approx(theirs.score, abs=1e-5)
    assert ours.grade(sample).medal == theirs.medal


def test_our_jsonl_is_what_its_command_reads(tmp_path: Path, python: str) -> None:
    id_ = "spaceship-titanic"
    LAYOUTS[id_](tmp_path)
    line = {"competition_id": id_, "submission_path": str(_best(tmp_path, id_)), "cell": "a"}
    (tmp_path / "submission.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "out").mkdir()
    code = (
        "import dataclasses, sys; from pathlib import Path; from mlebench import registry as r, grade as g\n"
        "old = r.Registry.get_competition\n"
        "r.Registry.get_competition = lambda s, i: dataclasses.replace(old(s, i), leaderboard=Path(sys.argv[3]))\n"
        "g.grade_jsonl(Path(sys.argv[1]), Path(sys.argv[2]), r.registry.set_data_dir(Path(sys.argv[4])))\n"
    )
    board = write_leaderboard(tmp_path, id_, SCORES[::-1])
    words = [str(tmp_path / "submission.jsonl"), str(tmp_path / "out"), str(board), str(tmp_path)]
    subprocess.run([python, "-c", code, *words], check=True, cwd=tmp_path)
    (report,) = (tmp_path / "out").iterdir()
    assert json.loads(report.read_text())["total_gold_medals"] == 1
    assert len(pd.read_csv(_best(tmp_path, id_))) == 30
