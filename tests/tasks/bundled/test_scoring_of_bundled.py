"""Every bundled task through the real loader, preparation and scorer, with the predictions of a linear model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tui_aide.tasks.bundled import BUNDLED, BundledTask, materialise
from tui_aide.tasks.bundled.leaky import BACKFILLED
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.scoring import Scorer

TASKS = [pytest.param(task, id=task.name) for task in BUNDLED.values()]


@pytest.mark.usefixtures("repository")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("task", TASKS)
def test_linear_model_is_scored_near_its_reference(task: BundledTask, cache: Path, tmp_path: Path) -> None:
    from benchmarks.reference_models import Data, simple

    loaded = load_task(materialise(task.name, cache))
    assert (loaded.metric, loaded.direction, loaded.split) == (task.metric, task.direction, task.split)
    assert loaded.notes == ()
    prepared = prepare(loaded, tmp_path, seed=3)
    assert len(prepared.inputs) == task.folds
    node = tmp_path / "nodes" / "0001"
    node.mkdir(parents=True)
    submissions = []
    for fold, inputs in enumerate(prepared.inputs):
        train, test = pd.read_csv(inputs / "train.csv"), pd.read_csv(inputs / "test.csv")
        x = train.drop(columns=[task.id, *task.targets])
        y = train[list(task.targets)] if len(task.targets) > 1 else train[task.targets[0]]
        files = {"images.npz": (inputs / "images.npz").read_bytes()} if task.files else {}
        predictions = simple(Data(task, x, y, test.drop(columns=task.id), y, files))
        columns = list(pd.read_csv(inputs / "sample_submission.csv").columns)[1:]
        submission = pd.DataFrame(predictions.reshape(len(test), -1), columns=columns)
        submission.insert(0, task.id, test[task.id])
        submissions.append(tmp_path / f"submission-{fold}.csv")
        submission.to_csv(submissions[-1], index=False)
    report = Scorer(tmp_path).score(node, submissions)
    assert report.se is not None
    slack = 5 * report.se + 0.25 * abs(task.references.simple)
    assert report.value == pytest.approx(task.references.simple, abs=slack)
    assert len(pd.read_csv(node / "submission.csv")) == task.test_rows


def test_all_hidden_rows_of_leaky_are_younger_than_the_leak(cache: Path, tmp_path: Path) -> None:
    folder = materialise("leaky", cache)
    prepared = prepare(load_task(folder), tmp_path, seed=5)
    shown = pd.read_csv(prepared.inputs[0] / "train.csv")
    every = pd.read_csv(folder / "train.csv")
    first_clean = every["snapshot"].iloc[int(BACKFILLED * len(every))]
    assert (every["snapshot"].iloc[len(shown) :] > first_clean).all()
    assert shown["snapshot"].max() <= every["snapshot"].iloc[len(shown)]
    # A few rows after the change are left to train on, so that the trap can be found.
    assert 50 < (shown["snapshot"] > first_clean).sum() < 400
