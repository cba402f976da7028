from __future__ import annotations

from pathlib import Path

import pytest

from tests.tasks.folders import table, write_folder
from tui_aide.errors import TaskError
from tui_aide.tasks import survey as module
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.survey import describe_columns, survey
from tui_aide.tasks.task_toml import FILE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "toy", table(60), table(20, first_id=60).drop(columns="y"))


def test_a_folder_is_told_with_the_reason_of_each_guess(folder: Path) -> None:
    found = survey(folder, {})
    assert [(t.name, t.rows, t.exact) for t in found.tables] == [("train.csv", 60, True), ("test.csv", 20, True)]
    assert found.header == ("Id", "x", "color", "y")
    assert found.only_train == ("y",)
    assert found.keys["target"].value == "y"
    assert "lacks" in found.keys["target"].why
    assert found.keys["metric"].value == "roc_auc"
    assert found.keys["split"].value == "stratified"
    assert "log_loss" in found.metrics
    assert not found.problem


def test_the_toml_that_is_shown_loads_as_the_task_that_is_shown(folder: Path) -> None:
    found = survey(folder, {"metric": "log_loss", "split": "random"})
    (folder / FILE).write_text(found.toml)
    task = load_task(folder)
    assert (task.metric, task.split, task.target) == ("log_loss", "random", "y")
    assert survey(folder, {}).written == found.toml


def test_keys_that_only_say_how_scripts_run_stay_in_the_toml(folder: Path) -> None:
    (folder / FILE).write_text('network = true\n[python]\npath = "../venv"\n')
    assert "network = true" in (toml := survey(folder, {}).toml)
    assert toml.endswith('[python]\npath = "../venv"\n')


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"target": "yy"}, "target", "Did you mean 'y'"),
        ({"metric": "acuracy"}, "metric", "Did you mean 'accuracy'"),
        ({"metric": "rmsle", "target": "color"}, "target", "color"),
        ({"split": "group:colour"}, "split", "Did you mean 'color'"),
        ({"split": "sideways"}, "split", "stratified"),
        ({"id": "colr"}, "id", "Did you mean 'color'"),
        ({"id": "color"}, "id", "repeat"),
    ],
)
def test_a_bad_change_is_put_at_its_key(folder: Path, changes: dict[str, str], field: str, words: str) -> None:
    found = survey(folder, changes)
    assert found.field == field
    assert words in found.problem
    assert found.rows


def test_a_folder_without_a_target_asks_for_one(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "toy", table(60), table(20, first_id=60))
    found = survey(folder, {})
    assert found.field == "target"
    assert "no target found" in found.problem
    assert found.header == ("Id", "x", "color", "y")


def test_a_folder_that_is_no_task_says_so(tmp_path: Path) -> None:
    found = survey(tmp_path, {})
    assert "empty" in found.problem
    assert found.field == "task"


def test_of_a_giant_table_only_the_first_part_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "big", table(60), table(20, first_id=60).drop(columns="y"))
    line = b"0.123456789012345678901234567890,red,%d\n"
    with (folder / "train.csv").open("wb") as file:
        file.write(b"x,color,y\n")
        for _ in range(400):
            file.write(b"".join(line % (i % 2) for i in range(1_000)))
        file.write(b"torn,line\n" * 10)  # never reached
    (folder / "test.csv").write_bytes(b"x,color\n" + b"0.1,red\n" * 50)
    monkeypatch.setattr(module, "MOST_BYTES", 1 << 20)
    found = survey(folder, {})
    train = found.tables[0]
    assert not found.problem
    assert not train.exact
    assert train.rows == pytest.approx(400_010, rel=0.02)
    assert found.keys["metric"].value == "roc_auc"
    with pytest.raises(TaskError, match="fields"):
        load_task(folder)


def test_columns_are_described_by_kind_and_missing_values(tmp_path: Path) -> None:
    frame = table(60)
    frame.loc[:14, "x"] = None
    frame = frame.rename(columns={"color": "[red]color"})
    folder = write_folder(tmp_path / "toy", frame, frame.drop(columns="y"))
    columns = {c.name: c for c in describe_columns(folder, "y", "Id")}
    assert columns["Id"].kind == "id"
    assert columns["x"].missing == pytest.approx(0.25)
    assert columns["[red]color"].kind == "categorical"
    assert not columns["y"].in_test
