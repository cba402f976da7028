from __future__ import annotations

import math
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tasks.folders import prepared, simple_folder, submit, table, write_folder
from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed
from tui_aide.tasks.jackknife import standard_error
from tui_aide.tasks.metric_functions import FUNCTIONS
from tui_aide.tasks.private_store import read_secrets
from tui_aide.tasks.scoring import Scorer, read_reported
from tui_aide.tasks.task import Prepared


def predict(result: Prepared, folder: Path, formula: str = "x") -> list[Path]:
    """Write submissions that hold the shown column `x`, or its sigmoid, as predictions."""
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, shown in enumerate(result.inputs):
        test = pd.read_csv(shown / "test.csv")
        prediction = 1 / (1 + np.exp(-test["x"])) if formula == "sigmoid" else test["x"]
        frame = pd.DataFrame({result.view.id: test[result.view.id], result.view.target: prediction})
        paths.append(folder / f"{number}.csv")
        frame.to_csv(paths[-1], index=False)
    return paths


@pytest.mark.parametrize("toml", ["folds = 1", "folds = 4"])
def test_the_score_is_the_metric_over_the_search_part(tmp_path: Path, toml: str) -> None:
    folder = simple_folder(tmp_path / "task", 300, classes=(), toml=toml)
    _, result = prepared(folder, tmp_path / "session")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out"))
    original = pd.read_csv(folder / "train.csv", dtype={"Id": str}).set_index("Id")
    secrets = read_secrets(tmp_path / "session")
    search = [row for row, chosen in zip(secrets.hidden_ids, secrets.selection, strict=True) if not chosen]
    rows = original.loc[search]
    assert report.value == pytest.approx(FUNCTIONS["rmse"](rows["y"], rows["x"]))
    assert report.rows == len(search)
    assert report.se == standard_error(report.replicates)
    assert len(report.replicates) == 32


def test_selection_uses_the_other_rows(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 300, classes=())
    _, result = prepared(folder, tmp_path / "session")
    scorer = Scorer(tmp_path / "session")
    scorer.score(tmp_path / "node", predict(result, tmp_path / "out"))
    original = pd.read_csv(folder / "train.csv", dtype={"Id": str}).set_index("Id")
    secrets = read_secrets(tmp_path / "session")
    rows = original.loc[[row for row, chosen in zip(secrets.hidden_ids, secrets.selection, strict=True) if chosen]]
    assert scorer.select([tmp_path / "node"]) == [pytest.approx(FUNCTIONS["rmse"](rows["y"], rows["x"]))]


@pytest.mark.parametrize("toml", ["folds = 1", "folds = 3"])
def test_the_final_submission_has_original_ids_and_order(tmp_path: Path, toml: str) -> None:
    folder = simple_folder(tmp_path / "task", 90, 30, classes=(), toml=toml)
    test = pd.read_csv(folder / "test.csv")
    sample = test[["Id"]].sample(frac=1, random_state=0).assign(y=0.5)[["y", "Id"]]
    sample.to_csv(folder / "sample_submission.csv", index=False)
    _, result = prepared(folder, tmp_path / "session")
    Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out"))
    final = pd.read_csv(tmp_path / "node" / "submission.csv")
    assert list(final.columns) == ["y", "Id"]
    assert list(final["Id"]) == list(sample["Id"])
    assert final.set_index("Id")["y"].to_dict() == pytest.approx(test.set_index("Id")["x"].to_dict())


def test_row_numbers_take_the_ids_of_the_sample(tmp_path: Path) -> None:
    train, test = table(60, classes=()).drop(columns="Id"), table(20, seed=3).drop(columns=["Id", "y"])
    sample = pd.DataFrame({"ImageId": range(1, 21), "y": 0.5})
    folder = write_folder(tmp_path / "task", train, test, sample)
    _, result = prepared(folder, tmp_path / "session")
    Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out"))
    final = pd.read_csv(tmp_path / "node" / "submission.csv")
    assert list(final["ImageId"]) == list(range(1, 21))
    assert list(final["y"]) == pytest.approx(list(test["x"]))


def test_labels_of_folds_are_chosen_by_majority(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 60, 12, classes=("a", "b", "c"), toml="folds = 3")
    _, result = prepared(folder, tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    scorer = Scorer(tmp_path / "session")
    for path, label in zip(paths, "abb", strict=True):
        frame = pd.read_csv(path).assign(y=label)
        frame.loc[0, "y"] = "c"  # not all the same
        frame.to_csv(path, index=False)
    scorer.score(tmp_path / "node", paths)
    final = pd.read_csv(tmp_path / "node" / "submission.csv")
    assert (final["y"] == "b").sum() >= 9


def test_without_test_the_hidden_rows_are_written(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "task", table(60, classes=()), toml='target = "y"\nholdout = 0.25')
    _, result = prepared(folder, tmp_path / "session")
    Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out"))
    final = pd.read_csv(tmp_path / "node" / "submission.csv").set_index("Id")
    assert len(final) == 15
    original = pd.read_csv(folder / "train.csv").set_index("Id")
    assert final["y"].to_dict() == pytest.approx(original.loc[final.index, "x"].to_dict())


@pytest.mark.parametrize(
    ("metric", "classes"),
    [
        ("log_loss", ("a", "b", "c")),
        ("roc_auc", (0, 1)),
        ("f1", ("no", "yes")),
        ("quadratic_kappa", (1, 2, 5)),
        ("brier", (0, 1)),
        ("spearman", ()),
        ("roc_auc_columns", ("a", "b", "c")),
    ],
)
def test_every_kind_of_metric_scores_and_ignores_the_order_of_rows(
    tmp_path: Path, metric: str, classes: tuple[object, ...]
) -> None:
    folder = simple_folder(tmp_path / "task", 120, classes=classes, toml=f'metric = "{metric}"')
    _, result = prepared(folder, tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    scorer = Scorer(tmp_path / "session")
    first = scorer.score(tmp_path / "node", paths)
    for path in paths:
        pd.read_csv(path).sample(frac=1, random_state=1).to_csv(path, index=False)
    second = scorer.score(tmp_path / "node", paths)
    assert math.isfinite(first.value)
    assert (first.value, first.replicates) == (second.value, second.replicates)
    assert math.isfinite(scorer.select([tmp_path / "node"])[0])


def test_kappa_uses_the_labels_not_their_places(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 120, classes=(1, 2, 5), toml='metric = "quadratic_kappa"\nfolds = 1')
    _, result = prepared(folder, tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", paths)
    secrets = read_secrets(tmp_path / "session")
    labels = np.array([1, 2, 5])
    fold = secrets.folds[0]
    given = pd.read_csv(paths[0]).set_index("Id")["y"]
    own = {row: given[int(text)] for text, row in zip(fold.ids, fold.owner, strict=True) if row >= 0}
    search = [row for row in own if not secrets.selection[row]]
    truth, predictions = labels[secrets.truth[search]], np.array([own[row] for row in search])
    assert report.value == pytest.approx(FUNCTIONS["quadratic_kappa"](truth, predictions))


def test_a_custom_metric_takes_labels_as_they_stand(tmp_path: Path) -> None:
    folder = simple_folder(
        tmp_path / "task", classes=("cat", "dog"), toml='metric = "m.py:share"\ndirection = "max"\nkind = "labels"'
    )
    (folder / "m.py").write_text(
        "def share(y_true, y_pred):\n    assert set(y_true) <= {'cat', 'dog'}\n    return (y_true == y_pred).mean()\n"
    )
    _, result = prepared(folder, tmp_path / "session")
    shutil.rmtree(folder)
    paths = submit(result, tmp_path / "out")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", paths)
    assert 0 <= report.value <= 1
    assert report.se is not None


def with_metric(tmp_path: Path, body: str) -> Prepared:
    """A prepared session with the user's metric `body`, which went well when the task was loaded."""
    folder = simple_folder(tmp_path / "task", toml='metric = "m.py:f"\ndirection = "max"\nkind = "probabilities"')
    (folder / "m.py").write_text("def f(y_true, y_pred):\n    return 0.5\n")
    _, result = prepared(folder, tmp_path / "session")
    (result.private / "m.py").write_text(f"import numpy as np\ndef f(y_true, y_pred):\n    {body}\n")
    return result


def test_a_failing_custom_metric_is_named(tmp_path: Path) -> None:
    result = with_metric(tmp_path, "return 1 / 0")
    with pytest.raises(ScoringFailed, match=r"m.py: f\(y_true, y_pred\) failed: ZeroDivisionError"):
        Scorer(tmp_path / "session").score(tmp_path / "node", submit(result, tmp_path / "out"))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_metric_that_is_not_finite_is_an_invalid_submission(tmp_path: Path, value: str) -> None:
    result = with_metric(tmp_path, f"return float({value!r})")
    with pytest.raises(InvalidSubmission, match=f"m.py:f is not finite for these predictions \\(it is {value}\\)"):
        Scorer(tmp_path / "session").score(tmp_path / "node", submit(result, tmp_path / "out"))
    assert not (tmp_path / "node").exists()


def test_a_metric_that_fails_on_the_selection_part_only_gives_nan_there(tmp_path: Path) -> None:
    result = with_metric(tmp_path, "return 0.5")
    Scorer(tmp_path / "session").score(tmp_path / "node", submit(result, tmp_path / "out"))
    secrets = read_secrets(tmp_path / "session")
    rows = int(secrets.selection.sum())
    assert rows != len(secrets.selection) - rows
    (result.private / "m.py").write_text(
        f"def f(y_true, y_pred):\n    if len(y_true) == {rows}:\n        raise ValueError\n    return 0.5\n"
    )
    assert math.isnan(Scorer(tmp_path / "session").select([tmp_path / "node"])[0])


@pytest.mark.parametrize("name", ["mae", "rmse", "median_ae", "mape", "smape", "r2", "spearman"])
def test_huge_predictions_are_scored_or_refused_but_never_fail(tmp_path: Path, name: str) -> None:
    folder = simple_folder(tmp_path / "task", classes=(), toml=f'metric = "{name}"')
    _, result = prepared(folder, tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    for path in paths:
        frame = pd.read_csv(path)
        frame.assign(y=np.linspace(1e200, 2e200, len(frame))).to_csv(path, index=False)
    scorer = Scorer(tmp_path / "session")
    if name in ("rmse", "r2"):
        with pytest.raises(InvalidSubmission, match="is not finite for these predictions"):
            scorer.score(tmp_path / "node", paths)
        return
    report = scorer.score(tmp_path / "node", paths)
    assert math.isfinite(report.value)
    assert (report.se is None) == (name in ("mae", "median_ae", "mape"))


def test_constant_predictions_are_refused(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task", toml="folds = 1"), tmp_path / "session")
    with pytest.raises(InvalidSubmission, match="all predictions are the same"):
        Scorer(tmp_path / "session").score(tmp_path / "node", [result.inputs[0] / "sample_submission.csv"])


def test_an_invalid_submission_names_its_fold_and_writes_nothing(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    paths[2].write_text("Id,y\n1,2\n")
    with pytest.raises(InvalidSubmission, match="fold 2: wrong rows"):
        Scorer(tmp_path / "session").score(tmp_path / "node", paths)
    assert not (tmp_path / "node").exists()


def test_selecting_a_node_that_was_not_scored(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    with pytest.raises(SessionError, match="cannot be read"):
        Scorer(tmp_path / "session").select([tmp_path / "node"])


def test_grouped_rows_are_scored_and_jackknifed_by_group(tmp_path: Path) -> None:
    train = table(200, classes=()).assign(patient=[n % 40 for n in range(200)])
    test = train.drop(columns="y").assign(Id=range(300, 500))
    folder = write_folder(tmp_path / "task", train, test, toml='split = "group:patient"\nfolds = 4')
    _, result = prepared(folder, tmp_path / "session")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out"))
    assert len(report.replicates) == 27  # two thirds of 40 patients
    for path in result.inputs:
        seen = set(pd.read_csv(path / "train.csv")["patient"])
        hidden = set(train["patient"]) - seen
        assert len(hidden) == 10


def test_latest_rows_are_scored(tmp_path: Path) -> None:
    train = table(100, classes=()).assign(day=pd.date_range("2020-01-01", periods=100).strftime("%Y-%m-%d"))
    test = train.drop(columns="y").assign(Id=range(300, 400), day="2021-01-01")
    folder = write_folder(tmp_path / "task", train, test, toml='split = "time:day"')
    _, result = prepared(folder, tmp_path / "session")
    assert pd.read_csv(result.inputs[0] / "train.csv")["day"].max() == "2020-03-20"
    assert Scorer(tmp_path / "session").score(tmp_path / "node", predict(result, tmp_path / "out")).rows == 14


def test_reported_scores_are_the_last_line_of_that_form(tmp_path: Path) -> None:
    simple_folder(tmp_path / "task", toml='split = "none"\nmetric = "accuracy"')
    prepared(tmp_path / "task", tmp_path / "session")
    output = tmp_path / "output.log"
    output.write_text("score: 0.1\nepoch 3 score: 0.9\nScore: 8.5e-1\ndone\n")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", [], output)
    assert (report.value, report.se, report.source) == (0.85, None, "reported")
    assert math.isnan(Scorer(tmp_path / "session").select([tmp_path / "node"])[0])
    output.write_text("nothing\n")
    with pytest.raises(InvalidSubmission, match="reported no score"):
        read_reported(output)


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e999"])
def test_a_reported_score_that_is_not_finite_is_refused(tmp_path: Path, value: str) -> None:
    output = tmp_path / "output.log"
    output.write_text(f"score: 0.5\nscore: {value}\n")
    with pytest.raises(InvalidSubmission, match=f"reported the score {value}, which is not finite"):
        read_reported(output)


def test_a_grading_command_scores(tmp_path: Path) -> None:
    folder = tmp_path / "task"
    simple_folder(folder, toml=f'split = "none"\nmetric = "accuracy"\ncommand = ["{sys.executable}", "grade.py"]')
    (folder / "grade.py").write_text("import sys\nprint('rows:', len(open(sys.argv[1]).readlines()))\n")
    _, result = prepared(folder, tmp_path / "session")
    assert not (result.inputs[0] / "grade.py").exists()
    (tmp_path / "submission.csv").write_text("Id,y\n1,2\n")
    scorer = Scorer(tmp_path / "session")
    report = scorer.score(tmp_path / "node", [tmp_path / "submission.csv"])
    assert (report.value, report.source) == (2.0, "command")
    assert (tmp_path / "node" / "submission.csv").read_text() == "Id,y\n1,2\n"
    with pytest.raises(InvalidSubmission, match="must write it"):
        scorer.score(tmp_path / "node", [tmp_path / "missing.csv"])
    (folder / "grade.py").write_text("raise SystemExit('no gold labels')\n")
    with pytest.raises(ScoringFailed, match="exit code 1: no gold labels"):
        scorer.score(tmp_path / "node", [tmp_path / "submission.csv"])
    (folder / "grade.py").write_text("print('good')\n")
    with pytest.raises(ScoringFailed, match="must print the score"):
        scorer.score(tmp_path / "node", [tmp_path / "submission.csv"])
    (folder / "grade.py").write_text("print('score', 'nan')\n")
    with pytest.raises(InvalidSubmission, match=r"is not finite for these predictions \(it is nan\)"):
        scorer.score(tmp_path / "node", [tmp_path / "submission.csv"])


def test_python_in_a_grading_command_is_the_one_that_runs_the_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)  # no environment is activated
    folder = tmp_path / "task"
    simple_folder(folder, toml='split = "none"\nmetric = "accuracy"\ncommand = "python3 grade.py"')
    (folder / "grade.py").write_text(f"import sys\nprint(int(sys.prefix == {sys.prefix!r}))\n")
    prepared(folder, tmp_path / "session")
    (tmp_path / "submission.csv").write_text("Id,y\n1,2\n")
    report = Scorer(tmp_path / "session").score(tmp_path / "node", [tmp_path / "submission.csv"])
    assert report.value == 1.0


def test_a_grading_command_that_is_gone_is_no_nodes_fault(tmp_path: Path) -> None:
    folder = tmp_path / "task"
    simple_folder(folder, toml='split = "none"\nmetric = "accuracy"\ncommand = ["./no-such-grader"]')
    prepared(folder, tmp_path / "session")
    (tmp_path / "submission.csv").write_text("Id,y\n1,2\n")
    with pytest.raises(TaskError, match="cannot be started: No such file"):
        Scorer(tmp_path / "session").score(tmp_path / "node", [tmp_path / "submission.csv"])


def test_scoring_a_small_submission_is_quick(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 1500, 200, toml='metric = "log_loss"')
    _, result = prepared(folder, tmp_path / "session")
    scorer, paths = Scorer(tmp_path / "session"), submit(result, tmp_path / "out")
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        scorer.score(tmp_path / "node", paths)
        best = min(best, time.perf_counter() - start)
    assert best < 0.05
