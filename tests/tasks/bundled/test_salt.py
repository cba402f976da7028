"""A salt gives other rows of the same kind; without one a task is, to the byte, what references were measured on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from tui_aide.tasks.bundled import BUNDLED, BundledTask, generate, materialise

TASKS = [pytest.param(task, id=task.name) for task in BUNDLED.values()]

# Of train.csv, test.csv, sample_submission.csv and the hidden labels, as they were before there were salts.
DIGESTS = {
    "digits": "e07cf7e0899aa763",
    "friedman": "0deb384524ddd866",
    "rare-events": "986dc122f975ce18",
    "tumours": "4861504d6cefe7b3",
    "small-data": "a53b01da7b9bd767",
    "leaky": "6305a50f683e1975",
    "ordinal": "a1594fc2001ad1fb",
    "docstrings": "324d37febaaf5077",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_without_a_salt_every_byte_is_as_it_was(name: str, cache: Path) -> None:
    folder = materialise(name, cache)
    digest = hashlib.sha256()
    for file in ("train.csv", "test.csv", "sample_submission.csv"):
        digest.update((folder / file).read_bytes())
    digest.update(generate(name).hidden.to_csv(index=False, lineterminator="\n").encode())
    assert digest.hexdigest()[:16] == DIGESTS[name]


@pytest.mark.parametrize("task", TASKS)
def test_salt_gives_other_rows_of_the_same_kind(task: BundledTask) -> None:
    usual, salted, again = generate(task.name), generate(task.name, "pepper"), generate(task.name, "pepper")
    assert salted.train.equals(again.train)
    assert salted.hidden.equals(again.hidden)
    assert list(salted.train.columns) == list(usual.train.columns)
    assert list(salted.train.dtypes) == list(usual.train.dtypes)
    assert (len(salted.train), len(salted.test)) == (task.rows, task.test_rows)
    features = salted.test.drop(columns=task.id)
    assert not features.reset_index(drop=True).equals(usual.test.drop(columns=task.id).reset_index(drop=True))
    for name in salted.hidden.columns[1:]:
        mine, theirs = salted.hidden[name], usual.hidden[name]
        if pd.api.types.is_numeric_dtype(mine):
            assert theirs.mean() / 4 < mine.mean() < theirs.mean() * 4


def test_two_salts_differ() -> None:
    one, other = generate("small-data", "a"), generate("small-data", "b")
    assert not one.train["strength_mpa"].equals(other.train["strength_mpa"])


def test_folder_of_a_salted_task_does_not_tell_the_salt(tmp_path: Path) -> None:
    usual, salted = materialise("small-data", tmp_path), materialise("small-data", tmp_path, salt="pepper")
    assert usual != salted
    assert salted.name.startswith(f"{usual.name}-")
    assert materialise("small-data", tmp_path, salt="pepper") == salted
    for file in salted.iterdir():
        assert b"pepper" not in file.read_bytes()
    assert "pepper" not in salted.name
    assert (salted / "task.toml").read_bytes() == (usual / "task.toml").read_bytes()
