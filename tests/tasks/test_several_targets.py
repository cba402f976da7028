"""Several targets: labels of 0 and 1 with probabilities, or numbers; every metric is the mean over the columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from tests.tasks.folders import write_folder
from tui_aide.errors import TaskError
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.jackknife import paired_gain
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.metrics import get_metric
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.private_store import read_secrets
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.survey import survey
from tui_aide.tasks.task import Prepared
from tui_aide.tasks.writing import write_task_toml

LABELS = ["mild", "sharp", "rude"]


def labelled(rows: int, first: int = 0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).round(4)
    frame = pd.DataFrame({"id": np.arange(first, first + rows), "a": x[:, 0], "b": x[:, 1], "c": x[:, 2]})
    for place, name in enumerate(LABELS):
        frame[name] = (x[:, place] + rng.normal(scale=0.5, size=rows) > (0.0, 0.8, 1.4)[place]).astype(int)
    return frame


def measured(rows: int, first: int = 0, seed: int = 0) -> pd.DataFrame:
    frame = labelled(rows, first, seed)
    return frame.assign(**{name: frame[c] * 3 + 10**k for k, (name, c) in enumerate(zip(LABELS, "abc", strict=True))})


def folder_of(path: Path, train: pd.DataFrame, toml: str = "", order: list[str] | None = None) -> Path:
    test = labelled(40, 5000, 1)
    sample = test[["id"]].assign(**dict.fromkeys(order or LABELS, 0.5))
    return write_folder(path, train, test.drop(columns=LABELS), sample, toml)


def submit(result: Prepared, path: Path, noise: float, scale: float = 1.0) -> Path:
    """Submit what the features tell, as a squashed sum, with some noise."""
    shown = pd.read_csv(result.inputs[0] / "test.csv")
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"id": shown["id"]})
    for name, column in zip(LABELS, "abc", strict=True):
        signal = shown[column] + rng.normal(scale=noise, size=len(shown))
        frame[name] = 1 / (1 + np.exp(-signal)) if scale == 1.0 else scale * signal
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return path


def test_sample_with_several_columns_that_test_lacks_names_the_targets(tmp_path: Path) -> None:
    task = load_task(folder_of(tmp_path / "t", labelled(300)))
    assert task.targets == tuple(LABELS) == task.prediction_columns
    assert (task.metric, task.kind, task.split, task.classes) == ("roc_auc_columns", "probabilities", "stratified", ())
    assert "sample_submission.csv" in task.inferred["target"]


def test_numbers_are_scored_by_the_mean_rmse_of_the_columns(tmp_path: Path) -> None:
    task = load_task(folder_of(tmp_path / "t", measured(300)))
    assert (task.metric, task.kind, task.split, task.direction) == ("mcrmse", "values", "random", "min")


def test_task_toml_lists_them_and_loads_as_the_same(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "t", labelled(300), 'target = ["rude", "mild", "sharp"]\nmetric = "log_loss_columns"\n'
    )
    task = load_task(folder)
    assert task.targets == tuple(LABELS), "in the order of train.csv"
    (folder / "task.toml").write_text(write_task_toml(task))
    again = load_task(folder)
    assert (again.targets, again.metric, again.kind) == (task.targets, task.metric, task.kind)
    assert load_task(folder, {"target": "mild, sharp, rude"}).targets == task.targets, "as the form writes them"


@pytest.mark.parametrize("name", ["roc_auc_columns", "log_loss_columns", "average_precision", "brier"])
def test_metrics_of_labels_are_means_over_the_columns(name: str) -> None:
    rng = np.random.default_rng(0)
    truth, chances = rng.integers(0, 2, size=(200, 4)), rng.random((200, 4))
    single = {
        "roc_auc_columns": sk.roc_auc_score,
        "log_loss_columns": sk.log_loss,
        "average_precision": sk.average_precision_score,
        "brier": sk.brier_score_loss,
    }[name]
    wanted = np.mean([single(truth[:, k], chances[:, k]) for k in range(4)])
    assert get_metric(name, Path(), several=True).score(truth, chances) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "function"),
    [("mcrmse", sk.root_mean_squared_error), ("mcmae", sk.mean_absolute_error), ("rmse", sk.root_mean_squared_error)],
)
def test_metrics_of_values_are_scikit_learns_uniform_average(name: str, function: object) -> None:
    rng = np.random.default_rng(1)
    truth, values = rng.normal(size=(50, 3)) * (1, 10, 100), rng.normal(size=(50, 3))
    wanted = function(truth, values)  # type: ignore[operator]
    assert get_metric(name, Path(), several=True).score(truth, values) == pytest.approx(wanted)


def test_column_without_a_positive_is_left_out_but_a_constant_prediction_never() -> None:
    truth = np.array([[0, 0], [1, 0], [0, 0], [1, 0]])
    chances = np.array([[0.1, 0.3], [0.9, 0.2], [0.2, 0.3], [0.8, 0.1]])
    assert get_metric("roc_auc_columns", Path(), several=True).score(truth, chances) == 1.0
    values = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    assert np.isnan(
        get_metric("spearman", Path(), several=True).score(values + np.array([[0, k] for k in range(3)]), values)
    )


def test_rarest_label_keeps_its_share_in_every_part(tmp_path: Path) -> None:
    train = labelled(600)
    train["rude"] = (np.arange(600) % 40 == 0).astype(int)
    task = load_task(folder_of(tmp_path / "t", train))
    prepare(task, tmp_path / "s", 0)
    secrets = read_secrets(tmp_path / "s")
    assert secrets.truth.shape == (600, 3)
    for fold in range(5):
        assert 2 <= secrets.truth[secrets.fold == fold, 2].sum() <= 4


def test_scored_compared_selected_blended_and_handed_in(tmp_path: Path) -> None:
    task = load_task(folder_of(tmp_path / "t", labelled(1500), "folds = 1\n", order=["sharp", "mild", "rude"]))
    session = tmp_path / "s"
    result = prepare(task, session, 0)
    assert list(pd.read_csv(result.inputs[0] / "sample_submission.csv").columns) == ["id", "sharp", "mild", "rude"]
    scorer, reports, nodes = Scorer(session), [], []
    for number, noise in enumerate((0.3, 0.5, 2.0)):
        nodes.append(session / "nodes" / str(number))
        reports.append(scorer.score(nodes[-1], [submit(result, nodes[-1] / "s.csv", noise)]))
    assert reports[0].value > reports[2].value
    gain, se = paired_gain("max", reports[0], reports[2])
    assert se is not None
    assert gain > 2 * se > 0
    assert all(0.5 < value < 1 for value in scorer.select(nodes))
    final = pd.read_csv(nodes[0] / "submission.csv")
    assert list(final.columns) == ["id", "sharp", "mild", "rude"]
    assert final["id"].tolist() == list(range(5000, 5040))
    # what was predicted for a column is handed in under its own name
    mild = pd.read_csv(nodes[0] / "s.csv").set_index("id")["mild"]
    assert len(final) == 40
    assert set(final["mild"].round(6)) <= set(mild.round(6))
    blended = scorer.ensemble(nodes, 0, session / "final" / "submission.csv")
    assert len(blended.weights) == 3
    assert scorer.refit(nodes[0] / "submission.csv", nodes[0], session / "f.csv").agreement == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda f: f.assign(mild=2.0), "outside 0..1"),
        (lambda f: f.drop(columns="rude"), "lacks 'rude'"),
        (lambda f: f.assign(mild=0.1, sharp=0.2, rude=0.3), "all predictions are the same"),
    ],
)
def test_bad_submissions_are_told_by_column_or_row(tmp_path: Path, change: object, part: str) -> None:
    task = load_task(folder_of(tmp_path / "t", labelled(300), "folds = 1\n"))
    result = prepare(task, tmp_path / "s", 0)
    path = submit(result, tmp_path / "w" / "s.csv", 0.1)
    change(pd.read_csv(path)).to_csv(path, index=False)  # type: ignore[operator]
    with pytest.raises(InvalidSubmission, match=part):
        Scorer(tmp_path / "s").score(tmp_path / "n", [path])


def test_values_of_several_scales_are_scored_and_agree_each_on_its_own(tmp_path: Path) -> None:
    task = load_task(folder_of(tmp_path / "t", measured(1200), "folds = 1\n"))
    result = prepare(task, tmp_path / "s", 0)
    node = tmp_path / "s" / "nodes" / "0"
    scorer = Scorer(tmp_path / "s")
    report = scorer.score(node, [submit(result, node / "s.csv", 0.1, scale=3.0)])
    assert report.value > 10, "the third column is off by 100"
    assert report.se is not None
    other = pd.read_csv(node / "submission.csv")
    assert scorer.refit(node / "submission.csv", node, tmp_path / "f.csv").agreement == pytest.approx(1.0)
    # the small columns are turned round; the large one, beside which they vanish, is not
    other[["mild", "sharp"]] *= -1
    other.to_csv(tmp_path / "other.csv", index=False)
    assert not scorer.refit(tmp_path / "other.csv", node, tmp_path / "f.csv").kept


@pytest.mark.parametrize(
    ("toml", "part"),
    [
        ('target = ["mild", "mild"]\n', "each named once"),
        ('target = ["mild", "sharq"]\n', "Did you mean 'sharp'"),
        ('target = ["mild", "sharp", "rude"]\nmetric = "accuracy"\n', "several targets take a metric of values"),
        ('target = ["mild", "sharp"]\n', "are not the targets"),
        ("target = []\n", "`target` is empty"),
    ],
)
def test_errors_name_the_key_and_the_remedy(tmp_path: Path, toml: str, part: str) -> None:
    with pytest.raises(TaskError) as caught:
        load_task(folder_of(tmp_path / "t", labelled(100), toml))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_words_among_targets_are_refused_with_the_remedy(tmp_path: Path) -> None:
    train = labelled(100)
    train["sharp"] = np.where(train["sharp"] == 1, "very", "no")
    with pytest.raises(TaskError, match="spell that one as 0 and 1"):
        load_task(folder_of(tmp_path / "t", train))


def test_rows_that_lack_one_target_are_left_out_and_noted(tmp_path: Path) -> None:
    train = measured(1200)
    train.loc[:9, "sharp"] = np.nan
    task = load_task(folder_of(tmp_path / "t", train))
    assert any("10 of 1,200" in note for note in task.notes)
    prepare(task, tmp_path / "s", 0)
    assert len(pd.read_csv(tmp_path / "s" / "input" / "train.csv")) < 1190


def test_own_metric_takes_both_as_tables(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "t", measured(1200), 'metric = "m.py:score"\ndirection = "min"\n')
    (folder / "m.py").write_text(
        "def score(y_true, y_pred):\n    assert y_true.shape == y_pred.shape == (len(y_true), 3)\n"
        "    return abs(y_true - y_pred).max()\n"
    )
    task = load_task(folder)
    assert task.kind == "values"
    result = prepare(task, tmp_path / "s", 0)
    report = Scorer(tmp_path / "s").score(tmp_path / "n", [submit(result, tmp_path / "n" / "s.csv", 0.1, 3.0)])
    assert report.value > 90


def test_survey_shows_them_and_the_metrics_that_fit(tmp_path: Path) -> None:
    found = survey(folder_of(tmp_path / "t", labelled(300)), {})
    assert found.problem == ""
    assert found.keys["target"].value == "mild, sharp, rude"
    assert {"roc_auc_columns", "log_loss", "mcrmse"} <= set(found.metrics)
    assert "accuracy" not in found.metrics
    assert 'target = [\n    "mild",' in found.toml
