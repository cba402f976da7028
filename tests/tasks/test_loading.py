from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest

from tests.tasks.folders import prepared, simple_folder, table, write_folder
from tui_aide.tasks.loading import load_task


def test_everything_is_inferred_with_a_reason(tmp_path: Path) -> None:
    task = load_task(simple_folder(tmp_path / "titanic"))
    assert (task.target, task.id, task.metric, task.direction) == ("y", "Id", "roc_auc", "max")
    assert (task.kind, task.classes, task.prediction_columns) == ("probabilities", ("0", "1"), ("y",))
    assert (task.split, task.folds, task.name) == ("stratified", 5, "titanic")
    assert {"target", "id", "metric", "direction", "kind", "split", "folds", "name", "goal"} <= task.inferred.keys()
    assert all(task.inferred.values())


def test_keys_given_are_not_inferred(tmp_path: Path) -> None:
    toml = 'name = "n"\ngoal = "g"\nmetric = "accuracy"\ntarget = "y"\nid = "Id"\nsplit = "random"\nholdout = 0.3'
    task = load_task(simple_folder(tmp_path, toml=toml))
    assert not {"name", "goal", "metric", "target", "id", "split", "folds", "holdout"} & task.inferred.keys()
    assert (task.metric, task.holdout, task.folds, task.split) == ("accuracy", 0.3, 1, "random")


@pytest.mark.parametrize(
    ("classes", "metric", "kind"),
    [
        ((0, 1), "roc_auc", "probabilities"),
        (("no", "yes"), "roc_auc", "probabilities"),
        ((True, False), "roc_auc", "probabilities"),
        (("a", "b", "c"), "accuracy", "labels"),
        ((3, 1, 2), "accuracy", "labels"),
        ((), "rmse", "values"),
    ],
)
def test_metric_by_target(tmp_path: Path, classes: tuple[object, ...], metric: str, kind: str) -> None:
    task = load_task(simple_folder(tmp_path, classes=classes))
    assert (task.metric, task.kind) == (metric, kind)


def test_counts_of_many_values_are_numbers_not_classes(tmp_path: Path) -> None:
    train = table(200).assign(y=range(200))
    assert load_task(write_folder(tmp_path, train, table(5, 200).drop(columns="y"))).metric == "rmse"


def test_numeric_classes_are_sorted_by_number(tmp_path: Path) -> None:
    task = load_task(simple_folder(tmp_path, classes=(10, 9, 1), toml='metric = "quadratic_kappa"'))
    assert task.classes == ("1", "9", "10")


def test_sample_with_a_column_a_class_means_log_loss_in_class_order(tmp_path: Path) -> None:
    sample = "Id,Status_C,Status_D,Status_CL\n60,0.3,0.3,0.4\n"
    folder = simple_folder(tmp_path, classes=("C", "CL", "D"))
    write_folder(folder, sample=sample)
    task = load_task(folder)
    assert task.metric == "log_loss"
    assert task.prediction_columns == ("Status_C", "Status_CL", "Status_D")


def test_sample_with_labels_means_accuracy(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path)
    write_folder(folder, sample="Id,y\n" + "".join(f"{row},{row % 2}\n" for row in range(60, 100)))
    assert load_task(folder).metric == "accuracy"


def test_target_is_the_sample_column_among_several(tmp_path: Path) -> None:
    train = table(30, classes=()).assign(casual=1, registered=2)
    test = table(20, 30).drop(columns="y")
    task = load_task(write_folder(tmp_path, train, test, "Id,y\n30,1\n"))
    assert task.target == "y"
    assert any("'casual', 'registered': only in train.csv" in note for note in task.notes)


def test_without_ids_rows_are_numbered(tmp_path: Path) -> None:
    task = load_task(write_folder(tmp_path, table(30).drop(columns="Id"), table(20).drop(columns=["Id", "y"])))
    assert task.id == "row_id"
    assert "numbered" in task.inferred["id"]


@pytest.mark.parametrize(
    ("codes", "taken"),
    [("s{:04d}", True), ("A-{}", True), ("{}.5", False), ("2020-01-{:02d}", False), ("word", False), ("same1", False)],
)
def test_unique_codes_in_the_first_column_are_ids(tmp_path: Path, codes: str, taken: bool) -> None:
    train, test = table(60), table(30, 60).drop(columns="y")
    for frame in (train, test):
        frame.insert(0, "sample", [codes.format(i) for i in frame.pop("Id")])
    task = load_task(write_folder(tmp_path, train, test))
    assert (task.id == "sample") is taken
    if taken:
        assert "unique" in task.inferred["id"]


def test_id_that_only_the_sample_has_numbers_the_rows(tmp_path: Path) -> None:
    train, test = table(30).drop(columns="Id"), table(20).drop(columns=["Id", "y"])
    sample = pd.DataFrame({"ImageId": range(1, 21), "y": 0.5})
    assert load_task(write_folder(tmp_path, train, test, sample)).id == "ImageId"


def test_id_that_train_lacks(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, table(30).drop(columns="Id"), table(20).drop(columns="y"), "Id,y\n" + "1,0.5\n" * 1)
    assert load_task(folder).id == "Id"


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_work(tmp_path: Path, separator: str) -> None:
    train, test = table(30), table(20, 30).drop(columns="y")
    write_folder(tmp_path, train.to_csv(index=False, sep=separator), test.to_csv(index=False, sep=separator))
    task = load_task(tmp_path)
    assert (task.separator, task.target) == (separator, "y")


def test_decimal_commas_become_points_in_what_scripts_see(tmp_path: Path) -> None:
    train, test = table(40, classes=()), table(30, 40, 1, classes=()).drop(columns="y")
    train["price"], test["price"] = "1.234,50", "7"
    write_folder(
        tmp_path / "task",
        train.to_csv(index=False, sep=";", decimal=","),
        test.to_csv(index=False, sep=";", decimal=","),
    )
    task, result = prepared(tmp_path / "task", tmp_path / "session")
    assert (task.metric, task.decimal) == ("rmse", ",")
    assert "train.csv has decimal commas; scripts see decimal points." in task.notes
    shown = pd.read_csv(result.inputs[0] / "train.csv")
    assert shown["x"].isin(train["x"]).all()
    assert shown["y"].isin(train["y"]).all()
    assert (shown["price"] == 1234.5).all()
    assert pd.read_csv(result.inputs[0] / "test.csv")["x"].dtype == float


def test_commas_in_text_are_no_decimal_commas(tmp_path: Path) -> None:
    train = table(40).assign(note="1,5")
    write_folder(tmp_path, train.to_csv(index=False, sep=";"), train.drop(columns="y").to_csv(index=False, sep=";"))
    assert load_task(tmp_path).decimal == "."


def test_separators_inside_text_do_not_mislead(tmp_path: Path) -> None:
    train = table(30).assign(color="a; b; c; d; e; f")
    write_folder(tmp_path, train, train.drop(columns="y").assign(Id=range(30, 60)))
    assert load_task(tmp_path).separator == ","


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    train, test = table(30), table(20, 30).drop(columns="y")
    train.to_csv(tmp_path / "train.csv", index=False, encoding="utf-8-sig")
    test.to_csv(tmp_path / "test.csv", index=False, encoding="utf-8")
    assert load_task(tmp_path).id == "Id"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_work_and_are_noted(tmp_path: Path, encoding: str) -> None:
    train, test = table(30).assign(color="grün"), table(20, 30).drop(columns="y").assign(color="weiß")
    train.to_csv(tmp_path / "train.csv", index=False, encoding=encoding)
    test.to_csv(tmp_path / "test.csv", index=False, encoding="utf-8")
    task, result = prepared(tmp_path, tmp_path / "session")
    assert any("scripts see it in UTF-8" in note for note in task.notes)
    shown = pd.read_csv(result.inputs[0] / "test.csv")
    assert set(shown["color"]) == {"grün", "weiß"}


def test_rows_without_target_are_left_out_and_noted(tmp_path: Path) -> None:
    train = table(60).astype({"y": object})
    train.loc[[2, 5, 7], "y"] = None
    write_folder(tmp_path / "task", train, table(20, 60).drop(columns="y"))
    task, result = prepared(tmp_path / "task", tmp_path / "session")
    assert any("3 of 60 training rows (5.0 %)" in note for note in task.notes)
    assert result.view.train_rows + (result.view.test_rows - 20) == 57


def test_timelike_and_group_columns_are_noted_not_used(tmp_path: Path) -> None:
    train = table(30).assign(sale_date="2020-01-01", PatientId=1)
    write_folder(tmp_path, train, train.drop(columns="y").assign(Id=range(30, 60)))
    task = load_task(tmp_path)
    assert task.split == "stratified"
    assert any("time:sale_date" in note for note in task.notes)
    assert any("group:PatientId" in note for note in task.notes)


def test_a_group_column_that_differs_in_each_row_is_noted_as_a_name_of_rows(tmp_path: Path) -> None:
    train = table(30).assign(patient=range(100, 130))
    write_folder(tmp_path, train, train.drop(columns="y").assign(Id=range(30, 60)))
    task = load_task(tmp_path)
    assert any('set id = "patient"' in note for note in task.notes)
    assert not any("group:" in note for note in task.notes)


def test_goal_comes_from_the_description(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path)
    (folder / "description.md").write_text("# Title\n\nPredict who survives.\nMore text.\n")
    task = load_task(folder)
    assert task.goal == "Predict who survives."
    assert "More text." in task.description


def test_large_data_have_a_single_holdout(tmp_path: Path) -> None:
    assert load_task(simple_folder(tmp_path, rows=1200)).folds == 1


def test_unsplit_task_with_a_command(tmp_path: Path) -> None:
    (tmp_path / "task.toml").write_text(
        'split = "none"\nmetric = "dice"\ndirection = "max"\ncommand = "python grade.py {submission}"\n'
    )
    task = load_task(tmp_path)
    assert (task.score, task.command) == ("command", ("python", "grade.py", "{submission}"))


def test_quick_on_many_rows(tmp_path: Path) -> None:
    simple_folder(tmp_path, rows=100_000, test_rows=1000)
    start = time.perf_counter()
    load_task(tmp_path)
    assert time.perf_counter() - start < 5
