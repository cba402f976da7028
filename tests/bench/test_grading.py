"""Grades: what submissions are worth on private labels, which are written nowhere below the run."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from tests.bench.made_run import MadeRun
from tests.tasks.folders import table, write_folder
from tui_aide.bench.grade import CellGrade, Terms
from tui_aide.bench.graders import grader_for
from tui_aide.bench.grading import grade_cell, read_grade
from tui_aide.bench.suite import SuiteTask
from tui_aide.bench.table_grader import TableGrader
from tui_aide.errors import UsageError
from tui_aide.tasks.bundled import BUNDLED, generate


@pytest.fixture
def made(tmp_path: Path) -> MadeRun:
    return MadeRun(tmp_path)


def test_scores_medals_and_percentiles_are_those_of_the_leaderboard(made: MadeRun, tmp_path: Path) -> None:
    grader = grader_for(made.run.suite.tasks["line"], "line")
    assert grader.terms is not None
    assert grader.terms.thresholds is not None
    assert grader.terms.thresholds.gold == pytest.approx(0.5)
    assert grader.terms.thresholds.median == pytest.approx(2.55)
    told = {}
    for off in (0.5, 0.6, 2.5, 2.6, 6.0):
        made.submit(tmp_path / "s", off)
        told[off] = grader.grade(tmp_path / "s" / "submission.csv")
        assert told[off].score == pytest.approx(off)
    assert [told[off].medal for off in told] == ["gold", "silver", None, None, None]
    assert [told[off].above_median for off in told] == [True, True, True, False, False]
    assert told[0.5].percentile == pytest.approx(46 / 50)  # of 0.5, 0.6, ..., 5.0
    assert told[6.0].percentile == 0.0
    assert told[0.5].normalised == 1.0
    assert told[6.0].normalised == 0.0
    dummy = grader.terms.dummy
    assert dummy is not None
    assert told[0.6].normalised == pytest.approx((dummy - 0.6) / (dummy - 0.5))


def test_dummy_of_a_folder_is_its_sample_submission(made: MadeRun) -> None:
    grader = grader_for(made.run.suite.tasks["line"], "line")
    sample = pd.read_csv(Path(made.run.suite.tasks["line"].folder or "") / "sample_submission.csv")
    assert grader.terms is not None
    assert grader.terms.dummy == pytest.approx(float(np.sqrt(np.mean((sample["y"] - made.truth["y"]) ** 2))))


@pytest.mark.parametrize(
    ("text", "made_one", "why"),
    [
        (None, False, "there is no submission"),
        ("", True, "empty"),
        ("Id,y\n80,1.0\n", True, "rows missing"),
        ("Id,z\n80,1.0\n", True, "lacks 'y'"),
    ],
)
def test_what_cannot_be_scored_counts_as_the_worst(
    made: MadeRun, tmp_path: Path, text: str | None, made_one: bool, why: str
) -> None:
    path = tmp_path / "submission.csv"
    if text is not None:
        path.write_text(text)
    grade = grader_for(made.run.suite.tasks["line"], "line").grade(path)
    assert (grade.made, grade.valid, grade.score) == (made_one, False, None)
    assert (grade.normalised, grade.percentile, grade.above_median, grade.medal) == (0.0, 0.0, False, None)
    assert why in grade.why


def test_a_cell_is_graded_with_every_valid_node_and_the_same_bytes_again(made: MadeRun) -> None:
    cell = made.run.cells[0]
    made.search(cell, [(0.9, 1.0), (None, 0.0), (0.3, 0.7)], handed_in=0.55)
    found = grade_cell(made.run, cell)
    assert found.handed_in.score == pytest.approx(0.55)
    assert {n: pytest.approx(g.score) for n, g in found.nodes.items()} == {0: 1.0, 2: 0.7}
    assert read_grade(made.run, cell) == found
    first = made.run.grade_file(cell).read_bytes()
    made.run.grade_file(cell).unlink()
    grade_cell(made.run, cell)
    assert made.run.grade_file(cell).read_bytes() == first
    assert msgspec.json.decode(first, type=CellGrade) == found


def test_cells_without_a_solution_or_a_session_are_graded_as_nothing_made(made: MadeRun) -> None:
    first, second = made.run.cells[:2]
    made.search(first, [(None, 0.0)])
    assert grade_cell(made.run, first).handed_in.why == "no valid solution was found"
    found = grade_cell(made.run, second)
    assert (found.handed_in.made, found.handed_in.normalised, found.events) == (False, 0.0, 0)


def test_no_private_label_is_below_the_run(made: MadeRun) -> None:
    """The labels are made such that their text stands nowhere else."""
    path = Path(made.run.suite.tasks["line"].answers or "")
    labels = pd.read_csv(path)
    labels["y"] = [round(7000.123 + 13.57 * n, 3) for n in range(len(labels))]
    labels.to_csv(path, index=False)
    cell = made.run.cells[0]
    made.search(cell, [(0.9, 1.0)])
    grade_cell(made.run, cell)
    told = [str(v) for v in labels["y"]]
    for file in made.run.path.rglob("*"):
        if file.is_file():
            text = file.read_text(errors="replace")
            assert not any(label in text for label in told), file


@pytest.mark.parametrize("name", ["tumours", "ordinal", "friedman"])
def test_bundled_tasks_are_graded_by_their_generators(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    grader = grader_for(SuiteTask(bundled=name), name)
    tables, task = generate(name), BUNDLED[name]
    column = next(str(c) for c in tables.sample_submission if c != task.id)
    truth = tables.hidden[task.target]
    values = (truth == sorted(truth.unique())[-1]).astype(float) if task.metric == "roc_auc" else truth
    right = tables.hidden[[task.id]].assign(**{column: values})
    right.sample(frac=1.0, random_state=0).to_csv(tmp_path / "submission.csv", index=False)
    grade = grader.grade(tmp_path / "submission.csv")
    assert grade.score == pytest.approx(0.0 if task.direction == "min" else 1.0)
    assert grade.normalised == 1.0
    assert grader.terms is not None
    assert grader.terms.dummy == task.references.dummy


def test_a_salted_task_has_other_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    grader = grader_for(SuiteTask(bundled="small-data", salt="s"), "small-data")
    usual, salted = generate("small-data"), generate("small-data", "s")
    target, path = BUNDLED["small-data"].target, tmp_path / "submission.csv"
    salted.hidden.rename(columns={target: salted.sample_submission.columns[1]}).to_csv(path, index=False)
    assert grader.grade(path).score == 0.0
    assert not usual.hidden[target].equals(salted.hidden[target])


def test_folders_without_answers_tell_only_whether_something_was_made(made: MadeRun, tmp_path: Path) -> None:
    grader = grader_for(SuiteTask(folder=str(tmp_path / "line")), "line")
    made.submit(tmp_path / "s", 0.1)
    grade = grader.grade(tmp_path / "s" / "submission.csv")
    assert (grade.made, grade.valid, grade.score, grade.normalised) == (True, True, None, None)
    assert "answers" in grade.why
    assert not grader.grade(tmp_path / "none" / "submission.csv").made


def test_answers_that_lack_the_target_are_refused_in_one_line(made: MadeRun, tmp_path: Path) -> None:
    (tmp_path / "private" / "line.csv").write_text("Id,other\n80,1\n")
    with pytest.raises(UsageError, match=r"\[tasks.line\]: key 'answers': .* has no column 'y'"):
        grader_for(made.run.suite.tasks["line"], "line")
    with pytest.raises(UsageError, match="mlebench"):
        grader_for(SuiteTask(mlebench="x"), "x")


def test_normalised_scores_are_clipped_and_unknown_without_a_scale() -> None:
    terms = Terms(metric="rmse", direction="min", dummy=2.0, top=1.0)
    assert [terms.normalised(s) for s in (3.0, 2.0, 1.5, 1.0, 0.5)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert Terms(metric="rmse", direction="min", dummy=2.0).normalised(1.0) is None
    assert Terms(metric="rmse", direction="min", dummy=1.0, top=2.0).normalised(1.0) is None
    assert math.isclose(Terms(metric="auc", direction="max", dummy=0.5, top=0.9).normalised(0.7) or 0.0, 0.5)


def test_an_infinite_score_is_invalid(made: MadeRun, tmp_path: Path) -> None:
    grader = grader_for(made.run.suite.tasks["line"], "line")
    assert isinstance(grader, TableGrader)
    made.submit(tmp_path / "s", 1e200)
    grade = grader.grade(tmp_path / "s" / "submission.csv")
    assert (grade.made, grade.valid, grade.normalised) == (True, False, 0.0)


def test_several_targets_are_graded_column_by_column(tmp_path: Path) -> None:
    train, test = table(80, classes=()), table(40, 80, 1, ())
    for frame in (train, test):
        frame["z"] = frame["y"] * 2 + 1
    toml = 'metric = "rmse"\ntarget = ["y", "z"]\nid = "Id"\n'
    folder = write_folder(
        tmp_path / "two", train, test.drop(columns=["y", "z"]), test[["Id"]].assign(y=0.0, z=0.0), toml
    )
    test[["z", "Id", "y"]].to_csv(tmp_path / "answers.csv", index=False)
    grader = grader_for(SuiteTask(folder=str(folder), answers=str(tmp_path / "answers.csv")), "two")
    off = test[["Id", "y", "z"]].assign(y=test["y"] + 1.0, z=test["z"] - 3.0)
    off.to_csv(tmp_path / "submission.csv", index=False)
    assert grader.grade(tmp_path / "submission.csv").score == pytest.approx(2.0)  # the mean of 1 and 3
