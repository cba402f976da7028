"""Every kind of bad input is one clear line that names the thing and the remedy."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.tasks.folders import simple_folder, table, write_folder
from tui_aide.errors import TaskError, UsageError
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare


def message(folder: Path, kind: type[UsageError] = TaskError) -> str:
    with pytest.raises(kind) as caught:
        load_task(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


def test_missing_folder(tmp_path: Path) -> None:
    assert "there is no such folder" in message(tmp_path / "nowhere")


def test_file_instead_of_folder(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a,b\n")
    assert "this is a file" in message(tmp_path / "train.csv")


def test_empty_folder(tmp_path: Path) -> None:
    assert "the folder is empty" in message(tmp_path)


def test_missing_train_lists_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "Train_data.csv").write_text("a,b\n1,2\n")
    text = message(tmp_path)
    assert "there is no train.csv" in text
    assert "Train_data.csv" in text
    assert text.endswith('rename the table with the target, or name it in task.toml: train = "Train_data.csv".')


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        (["test.parquet", "train.parquet"], 'pd.read_parquet("train.parquet").to_csv("train.csv", index=False)'),
        (["houses.xlsx"], 'pd.read_excel("houses.xlsx")'),
        (["data.zip"], "unpack data.zip there"),
        (["readme.txt"], "put it there"),
    ],
)
def test_missing_train_is_told_the_way_from_what_is_there(tmp_path: Path, names: list[str], remedy: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert remedy in message(tmp_path)


def test_columns_that_differ_in_case_alone_are_told_in_pairs(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,area,price\n" + "".join(f"{i},{i % 7},{i * 3}\n" for i in range(40)))
    (tmp_path / "test.csv").write_text("Id,Area\n41,2\n")
    (tmp_path / "task.toml").write_text('target = "price"\n')
    assert "spell 2 columns differently: 'id' and 'Id', 'area' and 'Area'. Give both the same." in message(tmp_path)


def test_no_target_when_test_has_all_columns(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(30, 30))
    assert "no target found" in message(tmp_path)
    assert "'x', 'color', 'y'" in message(tmp_path)


def test_several_candidates_are_named(tmp_path: Path) -> None:
    train = table(30).rename(columns={"y": "casual"}).assign(registered=1)
    write_folder(tmp_path, train, train.drop(columns=["casual", "registered"]))
    assert "'casual', 'registered'" in message(tmp_path)


def test_target_that_train_lacks_offers_the_nearest(tmp_path: Path) -> None:
    train = table(30).rename(columns={"y": "SalePrice"})
    write_folder(tmp_path, train, train.drop(columns="SalePrice"), toml='target = "Saleprice"')
    text = message(tmp_path)
    assert "train.csv has no such column" in text
    assert "Did you mean 'SalePrice'?" in text


def test_target_in_test_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(30, 30), toml='target = "y"')
    assert "test.csv: it holds the target 'y'" in message(tmp_path)


def test_without_test_the_target_must_be_named(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30))
    assert 'add target = "y"' in message(tmp_path)


@pytest.mark.parametrize("file", ["train.csv", "test.csv"])
def test_ids_that_repeat(tmp_path: Path, file: str) -> None:
    train, test = table(30), table(20, 30).drop(columns="y")
    (train if file == "train.csv" else test).loc[3, "Id"] = 4 if file == "train.csv" else 34
    write_folder(tmp_path, train, test)
    text = message(tmp_path)
    assert f"{file}: 1 ids repeat in column 'Id'" in text
    assert "2 times" in text


def test_missing_ids(tmp_path: Path) -> None:
    train = table(30).astype({"Id": object})
    train.loc[3, "Id"] = None
    write_folder(tmp_path, train, table(20, 30).drop(columns="y"))
    assert "train.csv: 1 rows have no 'Id'" in message(tmp_path)


def test_unknown_id_offers_the_nearest(tmp_path: Path) -> None:
    simple_folder(tmp_path, toml='id = "ID"')
    assert "Did you mean 'Id'?" in message(tmp_path)


def test_columns_only_in_test(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(20, 30).drop(columns="y").assign(extra=1))
    assert "train.csv lacks its columns 'extra'" in message(tmp_path)


def test_different_columns_on_both_sides_are_named(tmp_path: Path) -> None:
    test = table(20, 30).drop(columns=["y", "x"]).assign(z=1)
    write_folder(tmp_path, table(30), test, toml='target = "y"')
    text = message(tmp_path)
    assert "only in train.csv: 'x'" in text
    assert "only in test.csv: 'z'" in text


def test_zip_under_the_name_of_a_csv(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "train.csv", "w") as archive:
        archive.writestr("a.csv", "x")
    assert "train.csv: not a CSV file: it is a ZIP archive" in message(tmp_path)


def test_binary_file(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes(b"\x01\x02\x00\x00\xff" * 100)
    assert "not a CSV file: it holds binary data" in message(tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html>\n<html><body>Please log in, thanks</body></html>", "a web page"),
        ('[{"a": 1, "b": 2}, {"a": 3, "b": 4}]', "JSON"),
        ('{\n "a": [1, 2]\n}', "JSON"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "git lfs pull"),
        ("\x01\x02\x03,\x04\n\x05,\x06\n", "binary data"),
    ],
)
def test_other_text_under_the_name_of_a_csv(tmp_path: Path, text: str, what: str) -> None:
    write_folder(tmp_path, text, table(20, 30))
    assert f"train.csv: not a CSV file: it {'holds' if what == 'binary data' else 'is'}" in message(tmp_path)
    assert what in message(tmp_path)


def test_header_with_brackets_is_taken(tmp_path: Path) -> None:
    train = table(30).rename(columns={"x": "[x]"})[["[x]", "color", "y"]]
    write_folder(tmp_path, train, train.drop(columns="y"))
    assert load_task(tmp_path).target == "y"


def test_sample_submission_for_other_rows(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(20, 30).drop(columns="y"), "Id,y\n30,0\n99,0\n98,0\n")
    assert "sample_submission.csv: 2 ids in column 'Id' are not in test.csv, e.g. '99'" in message(tmp_path)


def test_sample_submission_with_ids_that_repeat(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(20, 30).drop(columns="y"), "Id,y\n30,0\n30,0\n")
    assert "sample_submission.csv: 1 ids repeat" in message(tmp_path)


def test_sample_submission_of_some_rows_in_another_spelling_is_taken(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(20, 30).drop(columns="y"), "Id,y\n30.0,0.5\n31.0,0.5\n")
    assert load_task(tmp_path).id == "Id"


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("")
    assert "train.csv: the file is empty" in message(tmp_path)


def test_wrong_separator_in_task_toml(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30).to_csv(index=False, sep=";"), toml='separator = ","\ntarget = "y"')
    assert "separated by ';'" in message(tmp_path)


def test_unknown_separator(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30).to_csv(index=False, sep="~"), toml='target = "y"')
    assert "there is only one column" in message(tmp_path)


def test_unclosed_quote_names_the_line(tmp_path: Path) -> None:
    lines = table(30).to_csv(index=False).splitlines()
    lines[7] = '6,0.5,"red,1'
    write_folder(tmp_path, "\n".join(lines), table(20, 30).drop(columns="y"))
    assert "train.csv, line 8: broken quotes" in message(tmp_path)


def test_ragged_row_names_the_line(tmp_path: Path) -> None:
    lines = table(30).to_csv(index=False).splitlines()
    lines[7] += ",1,2"
    write_folder(tmp_path, "\n".join(lines), table(20, 30).drop(columns="y"))
    assert "train.csv, line 8: 6 fields, but the header has 4" in message(tmp_path)


def test_repeated_column_names(tmp_path: Path) -> None:
    write_folder(tmp_path, "a,b,a\n1,2,3\n", toml='target = "b"')
    assert "two columns are named 'a'" in message(tmp_path)


@pytest.mark.parametrize("file", ["train.csv", "test.csv"])
def test_no_rows(tmp_path: Path, file: str) -> None:
    train, test = table(30), table(20, 30).drop(columns="y")
    write_folder(tmp_path, train[:0] if file == "train.csv" else train, test[:0] if file == "test.csv" else test)
    assert f"{file}: there is a header but no rows" in message(tmp_path)


def test_one_class_only(tmp_path: Path) -> None:
    simple_folder(tmp_path, classes=("yes",))
    assert "has one class only ('yes')" in message(tmp_path)


def test_target_without_any_value(tmp_path: Path) -> None:
    simple_folder(tmp_path, classes=(None,))
    assert "has no value in any row" in message(tmp_path)


@pytest.mark.parametrize(
    ("metric", "classes", "reason"),
    [
        ("rmse", ("a", "b"), "it needs numbers, but there are values such as 'a'"),
        ("average_precision", ("a", "b", "c"), "it needs two classes, but there are 3"),
        ("f1", (0, 1, 2), "it needs two classes, but there are 3"),
        ("rmsle", (-1, 2, 3), "it needs values of 0 or more, but the least is -1"),
        ("mape", (0, 2, 3), "there are zeros"),
        ("quadratic_kappa", ("low", "mid", "high"), "ordered numeric labels"),
    ],
)
def test_metric_that_does_not_fit(tmp_path: Path, metric: str, classes: tuple[object, ...], reason: str) -> None:
    simple_folder(tmp_path, classes=classes, toml=f'metric = "{metric}"')
    assert reason in message(tmp_path)


def test_accuracy_on_a_continuous_target_of_many_values(tmp_path: Path) -> None:
    simple_folder(tmp_path, rows=1500, classes=(), toml='metric = "accuracy"')
    assert "it needs classes" in message(tmp_path)


def test_unknown_metric_offers_the_nearest(tmp_path: Path) -> None:
    simple_folder(tmp_path, toml='metric = "ROC-AUC"')
    assert "Did you mean 'roc_auc'?" in message(tmp_path, UsageError)


def test_direction_against_the_metric(tmp_path: Path) -> None:
    simple_folder(tmp_path, toml='metric = "log_loss"\ndirection = "max"')
    assert 'but log_loss is "min"' in message(tmp_path)


def test_kind_against_the_metric(tmp_path: Path) -> None:
    simple_folder(tmp_path, toml='metric = "log_loss"\nkind = "labels"')
    assert "log_loss takes probabilities" in message(tmp_path)


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_too_few_rows_name_the_remedy(tmp_path: Path, rows: int) -> None:
    simple_folder(tmp_path, rows=rows, classes=())
    assert 'set split = "none"' in message(tmp_path)


def test_free_text_as_target(tmp_path: Path) -> None:
    train = table(30).assign(y=[f"text number {n}" for n in range(30)])
    write_folder(tmp_path, train, train.drop(columns="y").assign(Id=range(50, 80)))
    assert "neither a number nor a class" in message(tmp_path)


@pytest.mark.parametrize(
    ("toml", "part"),
    [
        ('metrics = "rmse"', "unknown key 'metrics'. Did you mean 'metric'?"),
        ("metric = 3", "`metric` must be a string in quotes, not 3"),
        ("folds = 2.5", "`folds` must be a whole number"),
        ("folds = true", "`folds` must be a whole number"),
        ("holdout = 1.5", "`holdout` is 1.5"),
        ('split = "kfold"', "`split` is 'kfold'"),
        ('split = "group:colour"', "no column 'colour'. Did you mean 'color'?"),
        ('direction = "up"', '`direction` is \'up\'; it must be one of "min", "max"'),
        ("metric = rmse", "not valid TOML"),
        ('separator = "ab"', "it must be one character"),
        ('encoding = "utf-9"', "encoding 'utf-9' is not known"),
        ('encoding = "hex"', "encoding 'hex' is not known"),
        ('train = "other.csv"', "`train` is 'other.csv', but there is no such file"),
        ('train = ""', "`train` is empty"),
        ('command = "grade \'it"', "No closing quotation; close the quote or give a list"),
        ('test = "other.csv"', "`test` is 'other.csv', but there is no such file"),
        ('score = "command"', 'goes with split = "none"'),
        ('metric = "mine.py:score"\ndirection = "max"', "there is no file 'mine.py'"),
        ("folds = 40", "`folds` is 40, but there are only 60 rows"),
        ('split = "time:x"\nfolds = 3', "`folds` does not go with"),
    ],
)
def test_bad_keys(tmp_path: Path, toml: str, part: str) -> None:
    simple_folder(tmp_path, toml=toml)
    assert part in message(tmp_path)


def test_sample_submission_of_other_columns(tmp_path: Path) -> None:
    write_folder(tmp_path, table(30), table(20, 30).drop(columns="y"), "Id,a,b,c\n30,1,2,3\n")
    assert "are neither one column for 'y' nor one for each of its classes" in message(tmp_path)


@pytest.mark.parametrize(("holdout", "hidden"), [(0.001, 2), (0.999, 59)])
def test_holdout_that_leaves_too_few_rows(tmp_path: Path, holdout: float, hidden: int) -> None:
    simple_folder(tmp_path / "task", toml=f"holdout = {holdout}", classes=())
    with pytest.raises(TaskError, match=f"hides {hidden} of 60 rows"):
        prepare(load_task(tmp_path / "task"), tmp_path / "session", 0)


@pytest.mark.parametrize("kind", ["labels", "probabilities", "values"])
def test_metric_of_the_users_that_fails_is_told_before_the_search(tmp_path: Path, kind: str) -> None:
    toml = f'metric = "m.py:score"\ndirection = "min"\nkind = "{kind}"'
    simple_folder(tmp_path / "task", toml=toml)
    (tmp_path / "task" / "m.py").write_text("def score(y_true, y_pred):\n    return y_true.mean_of_all()\n")
    with pytest.raises(TaskError, match=r"m\.py: score\(y_true, y_pred\) failed: AttributeError.*correct it"):
        prepare(load_task(tmp_path / "task"), tmp_path / "session", 0)
    assert not list((tmp_path / "session").iterdir())


def test_group_split_with_too_few_groups(tmp_path: Path) -> None:
    simple_folder(tmp_path / "task", toml='split = "group:color"\nfolds = 5')
    with pytest.raises(TaskError, match="has 3 different values"):
        prepare(load_task(tmp_path / "task"), tmp_path / "session", 0)


def test_time_split_on_a_column_that_is_no_time(tmp_path: Path) -> None:
    simple_folder(tmp_path / "task", toml='split = "time:color"')
    with pytest.raises(TaskError, match="is neither a number nor a date"):
        prepare(load_task(tmp_path / "task"), tmp_path / "session", 0)


def test_hidden_rows_of_one_class_only(tmp_path: Path) -> None:
    train = table(60).assign(y=[int(n < 40) for n in range(60)], day=range(60))
    test = train.drop(columns="y").assign(Id=range(60, 120))
    write_folder(tmp_path / "task", train, test, toml='split = "time:day"')
    with pytest.raises(TaskError, match="hides rows of one class only"):
        prepare(load_task(tmp_path / "task"), tmp_path / "session", 0)
