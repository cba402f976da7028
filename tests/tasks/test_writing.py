from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from tests.tasks.folders import simple_folder
from tui_aide.errors import TaskError
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.task import Task
from tui_aide.tasks.writing import init_task, write_task_toml


def without_reasons(task: Task) -> Task:
    return msgspec.structs.replace(task, inferred={}, notes=())


@pytest.mark.parametrize(
    "toml",
    [
        "",
        'metric = "accuracy"\nfolds = 1\nholdout = 0.3',
        'name = "a \\"b\\""\ngoal = "Zeile\\nzwei"',
        'split = "group:color"\nfolds = 2',
        'split = "none"\nmetric = "accuracy"',
        'split = "none"\nmetric = "iou"\ndirection = "max"\ncommand = ["python", "grade.py"]',
        'description = "Some words."',
    ],
)
def test_what_is_written_loads_as_the_same_task(tmp_path: Path, toml: str) -> None:
    folder = simple_folder(tmp_path, rows=1200, toml=toml)
    task, path = init_task(folder, force=True)
    assert without_reasons(load_task(folder)) == without_reasons(task)
    assert path == folder / "task.toml"


def test_reasons_stand_as_comments(tmp_path: Path) -> None:
    _, path = init_task(simple_folder(tmp_path))
    assert '# target: the one column that train.csv has and test.csv lacks\ntarget = "y"' in path.read_text()


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path, toml='metric = "accuracy"')
    with pytest.raises(TaskError, match="it exists already"):
        init_task(folder)
    assert (folder / "task.toml").read_text() == 'metric = "accuracy"'


def test_control_characters_in_data_do_not_break_the_file(tmp_path: Path) -> None:
    task = load_task(simple_folder(tmp_path))
    odd = msgspec.structs.replace(task, notes=("a\nb\x1b[31m",), inferred={**task.inferred, "metric": "x\r\ny"})
    assert tomllib.loads(write_task_toml(odd))["target"] == "y"


def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task")
    (folder / "task.toml").mkdir()
    with pytest.raises(TaskError, match=r"task\.toml"):
        init_task(folder, force=True)
