from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.tasks.folders import prepared, simple_folder, table, write_folder
from tui_aide.errors import SessionError
from tui_aide.tasks.private_store import HELD_OUT
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.refit_input import write_refit_input


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("toml", ["folds = 1", 'split = "time:x"\nholdout = 0.3'])
def test_the_users_own_tables_come_back_row_by_row(tmp_path: Path, toml: str) -> None:
    folder = simple_folder(tmp_path / "task", 90, 30, classes=(), toml=toml)
    _, result = prepared(folder, tmp_path / "session")
    made = write_refit_input(tmp_path / "session")
    assert made is not None
    for name in ("train.csv", "test.csv"):
        assert read(made / name).equals(read(folder / name)), name
    sample = read(made / "sample_submission.csv")
    assert list(sample["Id"]) == list(read(folder / "test.csv")["Id"])
    assert list(sample.columns) == list(read(result.inputs[0] / "sample_submission.csv").columns)


def test_cells_columns_and_other_files_are_as_the_scripts_know_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    train = table(60, classes=("a,b", 'say "x"')).assign(only=[f"line\n{n}" for n in range(60)])
    train.loc[::7, "y"] = ""  # no label: dropped
    train["x"] = rng.normal(size=60).round(3).astype(str)
    test = table(20, 100, 1).drop(columns=["y", "Id"])
    folder = write_folder(tmp_path / "task", train, test, toml='target = "y"\nfolds = 1\nholdout = 0.4')
    (folder / "notes.txt").write_text("more")
    (folder / "images").mkdir()
    (folder / "images" / "1.png").write_bytes(b"1")
    task, result = prepared(folder, tmp_path / "session")
    made = write_refit_input(tmp_path / "session")
    assert made is not None
    kept = read(folder / "train.csv")
    assert read(made / "train.csv").equals(kept[kept["y"] != ""].reset_index(drop=True))
    shown = read(result.inputs[0] / "test.csv")
    again = read(made / "test.csv")
    assert list(again.columns) == list(shown.columns)
    assert list(again[task.id]) == [str(n) for n in range(20)]
    assert list(again["x"]) == list(read(folder / "test.csv")["x"])
    names = {p.relative_to(made).as_posix() for p in made.rglob("*")}
    assert names == {p.relative_to(result.inputs[0]).as_posix() for p in result.inputs[0].rglob("*")}
    assert (made / "images" / "1.png").read_bytes() == b"1"


def test_it_is_read_only_made_anew_and_removed_without_harm_to_what_is_shared(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml="folds = 1")
    (folder / "notes.txt").write_text("more")
    _, result = prepared(folder, tmp_path / "session")
    made = write_refit_input(tmp_path / "session")
    assert made is not None
    assert made.stat().st_mode & 0o222 == 0
    assert (made / "train.csv").stat().st_mode & 0o222 == 0
    assert write_refit_input(tmp_path / "session") == made
    remove_tree(made.parent)
    assert (result.inputs[0] / "notes.txt").read_text() == "more"


@pytest.mark.parametrize("toml", ['split = "none"\nmetric = "accuracy"', 'target = "y"\nfolds = 1'])
def test_nothing_where_nothing_is_hidden_or_there_are_no_test_rows(tmp_path: Path, toml: str) -> None:
    folder = write_folder(tmp_path / "task", table(60), toml=toml)
    prepared(folder, tmp_path / "session")
    assert write_refit_input(tmp_path / "session") is None


def test_nothing_for_the_mean_over_folds(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task", toml="folds = 3"), tmp_path / "session")
    assert write_refit_input(tmp_path / "session") is None
    assert not (tmp_path / "session" / "private" / HELD_OUT).exists()


def test_nothing_for_a_session_of_an_older_version(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task", toml="folds = 1"), tmp_path / "session")
    (tmp_path / "session" / "private" / HELD_OUT).unlink()
    assert write_refit_input(tmp_path / "session") is None


def test_rows_that_do_not_fill_the_gaps_are_told(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task", toml="folds = 1"), tmp_path / "session")
    held = tmp_path / "session" / "private" / HELD_OUT
    held.write_text("".join(held.read_text().splitlines(keepends=True)[:-2]))
    with pytest.raises(SessionError, match="do not fill the gaps"):
        write_refit_input(tmp_path / "session")
