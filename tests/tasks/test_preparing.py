from __future__ import annotations

import errno
import shutil
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tasks.folders import prepared, simple_folder, table, write_folder
from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks import preparing
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.private_store import read_secrets
from tui_aide.tasks.sealed import load_prepared


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_holdout_mixes_hidden_rows_without_target_into_test(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 60, 40, toml="holdout = 0.2")
    _, result = prepared(folder, tmp_path / "session")
    shown_train, shown_test = read(result.inputs[0] / "train.csv"), read(result.inputs[0] / "test.csv")
    assert (len(shown_train), len(shown_test)) == (48, 52)
    assert list(shown_test.columns) == ["Id", "x", "color"]
    assert (result.view.train_rows, result.view.test_rows, result.view.folds) == (48, 52, 1)
    original = pd.concat([read(folder / "train.csv"), read(folder / "test.csv")])
    shown = pd.concat([shown_train, shown_test])
    assert sorted(zip(shown["x"], shown["color"], strict=True)) == sorted(
        zip(original["x"], original["color"], strict=True)
    )


def test_folds_hide_each_row_once_and_show_the_rest(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", 60, 40)
    _, result = prepared(folder, tmp_path / "session")
    assert [path.name for path in result.inputs] == [f"fold-{number}" for number in range(5)]
    original = set(read(folder / "train.csv")["x"])
    hidden: list[str] = []
    for path in result.inputs:
        seen, shown_test = set(read(path / "train.csv")["x"]), set(read(path / "test.csv")["x"])
        assert seen | shown_test >= original
        assert seen.isdisjoint(shown_test)
        hidden += original - seen
    assert sorted(hidden) == sorted(original)


@pytest.mark.parametrize("seed", range(4))
def test_hidden_rows_cannot_be_told_by_id_or_order(tmp_path: Path, seed: int) -> None:
    folder = simple_folder(tmp_path / "task", 400, 200, toml="holdout = 0.5")
    _, result = prepared(folder, tmp_path / "session", seed)
    shown = read(result.inputs[0] / "test.csv")
    real = shown["x"].isin(read(folder / "test.csv")["x"]).to_numpy()
    for order in (np.arange(len(shown)), shown["Id"].astype(int).to_numpy()):
        ranks = order.argsort().argsort()
        area = (ranks[real].sum() - real.sum() * (real.sum() - 1) / 2) / (real.sum() * (~real).sum())
        assert abs(area - 0.5) < 0.1
    assert shown["Id"].is_unique
    assert set(shown["Id"]).isdisjoint(read(result.inputs[0] / "train.csv")["Id"])
    assert {len(text) for text in shown["Id"]} == {3} or shown["Id"].astype(int).min() >= 400


def test_ids_that_betray_nothing_are_kept(tmp_path: Path) -> None:
    ids = np.random.default_rng(3).permutation(600) + 1000
    train, test = table(400), table(200, 1, 1).drop(columns="y")
    train["Id"], test["Id"] = ids[:400], ids[400:]
    folder = write_folder(tmp_path / "task", train, test)
    _, result = prepared(folder, tmp_path / "session")
    shown = read(result.inputs[0] / "test.csv")
    by_id = pd.concat([read(folder / "train.csv"), read(folder / "test.csv")]).set_index("Id")["x"]
    assert (by_id[shown["Id"]].to_numpy() == shown["x"].to_numpy()).all()


def test_cells_keep_their_text(tmp_path: Path) -> None:
    rows = [f'{n},"0{n}",1.50,"say ""hi"", {n}",2020-01-01,{"yes" if n % 2 else "no"}' for n in range(20)]
    train = "Id,code,price,text,date,y\n" + "\n".join(rows) + "\n"
    test = 'Id,code,price,text,date\n90,007,1e5,"a\nb",\n91,NA, 3 ,,x\n'
    folder = write_folder(tmp_path / "task", train, test)
    _, result = prepared(folder, tmp_path / "session")
    shown = read(result.inputs[0] / "test.csv").set_index("code")
    assert list(shown.loc["007"][1:]) == ["1e5", "a\nb", ""]
    assert list(shown.loc["NA"][1:]) == [" 3 ", "", "x"]
    original = read(folder / "train.csv").set_index("code")
    seen = read(result.inputs[0] / "train.csv").set_index("code")
    assert (seen.drop(columns="y") == original.loc[seen.index].drop(columns="y")).all(axis=None)


def test_line_ends_inside_cells_survive(tmp_path: Path) -> None:
    train = table(30).assign(color="a\rb\nc\r\nd")
    folder = write_folder(tmp_path / "task", train, train.drop(columns="y").assign(Id=range(30, 60)))
    _, result = prepared(folder, tmp_path / "session")
    for name in ("train.csv", "test.csv"):
        assert set(pd.read_csv(result.inputs[0] / name)["color"]) == {"a\rb\nc\r\nd"}


def test_whole_numbers_are_spelled_alike_in_hidden_and_real_rows(tmp_path: Path) -> None:
    train = table(60).assign(age=[float("nan")] + [n % 9 for n in range(59)], price=[n * 0.5 for n in range(60)])
    test = table(40, 60, 1).drop(columns="y").assign(age=3, price=1)
    _, result = prepared(write_folder(tmp_path / "task", train, test), tmp_path / "session")
    shown = read(result.inputs[0] / "test.csv")
    assert not shown["age"].str.contains(".", regex=False).any()
    assert shown["price"].str.contains(".", regex=False).any()
    assert "." not in "".join(read(result.inputs[0] / "train.csv")["age"])


def test_sample_submission_has_the_form_asked_for(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", classes=("a", "b", "c"))
    write_folder(folder, sample="Id,c,a,b\n60,0.3,0.3,0.4\n")
    _, result = prepared(folder, tmp_path / "session")
    sample = pd.read_csv(result.inputs[0] / "sample_submission.csv")
    assert list(sample.columns) == ["Id", "c", "a", "b"]
    assert list(sample["Id"]) == list(pd.read_csv(result.inputs[0] / "test.csv")["Id"])
    assert sample[["a", "b", "c"]].sum(axis=1).round(4).eq(1).all()
    assert result.view.prediction_columns == ("a", "b", "c")


def test_without_ids_a_column_is_added_first(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "task", table(30).drop(columns="Id"), table(20).drop(columns=["Id", "y"]))
    _, result = prepared(folder, tmp_path / "session")
    shown = pd.read_csv(result.inputs[0] / "test.csv")
    assert list(shown.columns) == ["row_id", "x", "color"]
    assert list(shown["row_id"]) == list(range(len(shown)))
    assert "row_id" not in pd.read_csv(result.inputs[0] / "train.csv").columns


def test_without_test_only_hidden_rows_are_shown(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "task", table(60), toml='target = "y"\nholdout = 0.25')
    _, result = prepared(folder, tmp_path / "session")
    shown = pd.read_csv(result.inputs[0] / "test.csv")
    assert len(shown) == 15
    assert "y" not in shown.columns


def test_other_files_are_shown_but_nothing_private(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml='metric = "metric.py:score"\ndirection = "max"')
    (folder / "metric.py").write_text("def score(a, b):\n    return float((a == b).mean())\n")
    (folder / "stores.csv").write_text("store,city\n1,Bonn\n")
    (folder / "labels.csv").write_text("Id,y\n1,0\n")
    (folder / "train.parquet").write_bytes(b"PAR1")
    (folder / "data.zip").write_bytes(b"PK\3\4")
    (folder / "notes.ipynb").write_text("{}")
    (folder / ".hidden").write_text("x")
    (folder / "images").mkdir()
    (folder / "images" / "1.png").write_bytes(b"png")
    _, result = prepared(folder, tmp_path / "session")
    for path in result.inputs:
        assert {item.name for item in path.iterdir()} == {
            "train.csv",
            "test.csv",
            "sample_submission.csv",
            "stores.csv",
            "images",
        }
        assert (path / "images" / "1.png").read_bytes() == b"png"
    assert "input/images/1.png" in result.view.files
    assert any("labels.csv is not shown" in note for note in result.view.notes)


def test_sessions_inside_the_task_folder_are_not_shown(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task")
    prepared(folder, folder / "runs" / "one")
    _, result = prepared(folder, folder / "other" / "two")
    assert not (result.inputs[0] / "runs").exists()
    assert not (result.inputs[0] / "other").exists()


def test_private_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    assert stat.S_IMODE(result.private.stat().st_mode) == 0o700


def test_a_prepared_session_is_read_again_elsewhere_without_its_task(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    shutil.copytree(tmp_path / "session", tmp_path / "moved")
    shutil.rmtree(tmp_path / "task")
    again = load_prepared(tmp_path / "moved")
    assert again.view == result.view
    assert len(read_secrets(tmp_path / "moved").folds) == 5


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    task, first = prepared(simple_folder(tmp_path / "task"), tmp_path / "session", 1)
    before = (first.inputs[0] / "test.csv").read_bytes()
    assert prepare(task, tmp_path / "session", 2) == first
    assert (first.inputs[0] / "test.csv").read_bytes() == before


def test_the_seed_fixes_all_files(tmp_path: Path) -> None:
    task, first = prepared(simple_folder(tmp_path / "task"), tmp_path / "one", 1)
    same, other = prepare(task, tmp_path / "two", 1), prepare(task, tmp_path / "three", 2)
    contents = [(result.inputs[0] / "test.csv").read_bytes() for result in (first, same, other)]
    assert contents[0] == contents[1] != contents[2]


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = load_task(simple_folder(tmp_path / "task"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(preparing, "write_secrets", full)
    with pytest.raises(SessionError, match="no space left on the disk"):
        prepare(task, tmp_path / "session", 0)
    assert list((tmp_path / "session").iterdir()) == []


def test_a_table_that_vanished_is_named(tmp_path: Path) -> None:
    task = load_task(simple_folder(tmp_path / "task"))
    (tmp_path / "task" / "train.csv").unlink()
    with pytest.raises(TaskError, match=r"train\.csv: cannot be read: No such file"):
        prepare(task, tmp_path / "session", 0)


def test_a_table_that_changed_is_named(tmp_path: Path) -> None:
    task = load_task(simple_folder(tmp_path / "task"))
    table(60, classes=(0, 1, 2)).to_csv(tmp_path / "task" / "train.csv", index=False)
    with pytest.raises(TaskError, match=r"train\.csv: it changed since the task was loaded"):
        prepare(task, tmp_path / "session", 0)


def test_a_session_that_was_never_prepared(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="never prepared"):
        load_prepared(tmp_path)


def test_damaged_private_files(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    (result.private / "rows.npz").write_bytes(b"not npz")
    with pytest.raises(SessionError, match="damaged"):
        read_secrets(tmp_path / "session")
    (result.private / "task.json").write_text("{")
    with pytest.raises(SessionError, match="damaged"):
        load_prepared(tmp_path / "session")


def test_preview_tells_kinds_and_ranges(tmp_path: Path) -> None:
    train = table(60).assign(
        when=[f"2020-03-{1 + n % 28:02d}" for n in range(60)],
        flag=[n % 2 for n in range(60)],
        review=[f"a long enough sentence with number {n}" for n in range(60)],
        opinion=[f"I agree with all of that to a degree of {n % 5}" for n in range(60)],
        same=1,
        hole=[float("nan") if n % 4 == 0 else n * 0.5 for n in range(60)],
        leak=0.5,
    )
    test = train.drop(columns=["y", "leak"]).assign(Id=range(60, 120))
    _, result = prepared(write_folder(tmp_path / "task", train, test), tmp_path / "session")
    columns = {column.name: column for column in result.view.columns}
    kinds = {name: column.kind for name, column in columns.items()}
    assert kinds == {
        "Id": "id",
        "x": "numeric",
        "color": "categorical",
        "y": "boolean",
        "when": "date",
        "flag": "boolean",
        "review": "text",
        "opinion": "categorical",
        "same": "constant",
        "hole": "numeric",
        "leak": "constant",
    }
    assert columns["hole"].missing == pytest.approx(0.25, abs=0.1)
    assert not columns["leak"].in_test
    assert columns["x"].minimum is not None
    assert set(columns["color"].samples) == {"red", "green", "blue"}


def test_wide_tables_are_described_in_part(tmp_path: Path) -> None:
    wide = pd.DataFrame(np.zeros((30, 400)), columns=[f"f{n}" for n in range(400)])
    train = pd.concat([wide, table(30)], axis=1)
    folder = write_folder(tmp_path / "task", train, train.drop(columns="y").assign(Id=range(30, 60)))
    _, result = prepared(folder, tmp_path / "session")
    assert len(result.view.columns) == 200
    assert result.view.columns[-1].name == "y"
    assert any("403 columns; 200 of them" in note or "404 columns" in note for note in result.view.notes)


def test_a_task_without_split_is_shown_as_it_is(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml='split = "none"\nmetric = "accuracy"')
    _, result = prepared(folder, tmp_path / "session")
    assert (result.inputs[0] / "train.csv").read_bytes() == (folder / "train.csv").read_bytes()
    assert result.view.score == "reported"
    assert (result.view.train_rows, result.view.test_rows) == (60, 40)
    assert [column.name for column in result.view.columns] == ["Id", "x", "color", "y"]


def test_a_task_of_images_only(tmp_path: Path) -> None:
    (tmp_path / "task" / "images").mkdir(parents=True)
    (tmp_path / "task" / "images" / "1.png").write_bytes(b"png")
    (tmp_path / "task" / "task.toml").write_text('split = "none"\nmetric = "accuracy"\n')
    _, result = prepared(tmp_path / "task", tmp_path / "session")
    assert result.view.files == {"input/images/1.png": 3}
