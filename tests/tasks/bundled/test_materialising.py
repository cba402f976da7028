from __future__ import annotations

import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from tui_aide.errors import TaskError, UsageError
from tui_aide.tasks.bundled import BUNDLED, BundledTask, generate, materialise
from tui_aide.tasks.bundled import materialising as module

TASKS = [pytest.param(task, id=task.name) for task in BUNDLED.values()]


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_another_process_writes_the_same_bytes(cache: Path, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from tui_aide.tasks.bundled import BUNDLED, materialise;"
        "[materialise(name, pathlib.Path(sys.argv[1])) for name in BUNDLED]"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    for folder in tmp_path.iterdir():
        assert contents(folder) == contents(cache / folder.name)
    assert len(list(tmp_path.iterdir())) == len(BUNDLED)


@pytest.mark.parametrize("task", TASKS)
def test_no_test_label_is_in_the_folder(task: BundledTask, cache: Path) -> None:
    folder = materialise(task.name, cache)
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    sample = pd.read_csv(folder / "sample_submission.csv")
    targets = list(task.targets)
    assert set(targets) <= set(train.columns)
    assert list(test.columns) == [column for column in train.columns if column not in targets]
    assert not set(train[task.id]) & set(test[task.id])
    assert test[task.id].is_unique
    assert list(sample[task.id]) == list(test[task.id])
    assert (sample.drop(columns=task.id).nunique() == 1).all(), "a sample that varies could tell the labels"


@pytest.mark.parametrize("task", TASKS)
def test_ids_tell_nothing_of_the_target(task: BundledTask) -> None:
    train = generate(task.name).train
    if task.name == "readings":
        pytest.skip("its ids are those of sentences and places, as the description says")
    for target in task.targets[:5]:
        codes = pd.Series(pd.factorize(train[target], sort=True)[0])
        assert abs(codes.corr(train[task.id].rank())) < 4 / len(train) ** 0.5


@pytest.mark.parametrize("task", TASKS)
def test_description_names_every_column_and_shows_the_submission(task: BundledTask, cache: Path) -> None:
    folder = materialise(task.name, cache)
    text = (folder / "description.md").read_text(encoding="utf-8")
    header = (folder / "sample_submission.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header in text.splitlines()
    columns = pd.read_csv(folder / "train.csv", nrows=1).columns
    unnamed = [column for column in columns if f"`{column}`" not in text]
    if task.name == "digits":
        unnamed = [column for column in unnamed if not column.startswith("p")]
    if task.name == "scans":
        unnamed = [column for column in unnamed if column[0] not in "nc"]
    if task.name == "friedman":
        unnamed = [column for column in unnamed if not column.startswith("s")]
    assert unnamed == []
    assert f"{task.rows:,}" in text


@pytest.mark.parametrize("task", TASKS)
def test_task_toml_says_what_the_catalogue_says(task: BundledTask, cache: Path) -> None:
    keys = tomllib.loads((materialise(task.name, cache) / "task.toml").read_text(encoding="utf-8"))
    own = {key: getattr(task, key) for key in keys}
    assert keys == own | {"target": task.target if isinstance(task.target, str) else list(task.target)}
    usual = {"name", "goal", "metric", "target", "id", "split", "holdout", "folds"}
    assert set(keys) == usual | ({"kind"} if task.kind else set())


def test_complete_folder_is_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = materialise("small-data", tmp_path)

    def refuse(task: BundledTask, folder: Path) -> None:
        raise AssertionError("written again")

    monkeypatch.setattr(module, "_write", refuse)
    assert materialise("small-data", tmp_path) == folder


def test_folder_that_lacks_a_file_is_made_anew(tmp_path: Path) -> None:
    folder = materialise("small-data", tmp_path)
    before = contents(folder)
    (folder / "test.csv").unlink()
    assert contents(materialise("small-data", tmp_path)) == before
    assert [entry.name for entry in tmp_path.iterdir()] == [folder.name]


def test_failure_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_text", full_disk)
    with pytest.raises(TaskError, match=r"small-data.*No space left on device"):
        materialise("small-data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cache_that_is_a_file_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(TaskError, match="name another folder in TUI_AIDE_CACHE_DIR"):
        materialise("digits", tmp_path / "cache")


def test_unknown_name_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'leaky'"):
        materialise("leeky", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_two_at_once_end_with_one_complete_folder(tmp_path: Path, cache: Path) -> None:
    barrier = threading.Barrier(4)
    found: list[Path] = []

    def make() -> None:
        barrier.wait()
        found.append(materialise("small-data", tmp_path))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["small-data-v1"]
    assert contents(found[0]) == contents(materialise("small-data", cache))


def test_docstrings_come_with_their_licence(cache: Path) -> None:
    text = (materialise("docstrings", cache) / "LICENSE.txt").read_text(encoding="utf-8")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in text
    assert "Changes made" in text
