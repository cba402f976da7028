"""Runs scripts for real on tiny tables of every kind."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from tests.models.builtin.views import attempt, inputs, proposal, target_of, write_task
from tui_aide.models.builtin.choice import read_context
from tui_aide.models.builtin.facts import Facts, read_facts
from tui_aide.models.builtin.recipe import Family, Member, Recipe, change
from tui_aide.models.builtin.repairs import repair
from tui_aide.models.builtin.script import write_script
from tui_aide.tasks.task import TaskView

pytestmark = pytest.mark.slow


def run(folder: Path, recipe: Recipe, facts: Facts) -> tuple[int, str]:
    """Run the recipe's script as main in the folder; return its exit status and all that it printed.

    It runs in this process, where scikit-learn is imported once and every warning is an error.
    """
    script = folder / "solution.py"
    script.write_text(write_script(recipe, facts), encoding="utf-8")
    (folder / "submission.csv").unlink(missing_ok=True)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except Exception:  # noqa: BLE001 - as the interpreter does with a script's error
            return 1, printed.getvalue() + traceback.format_exc()
    return 0, printed.getvalue()


def check(folder: Path, recipe: Recipe, view: TaskView) -> str:
    """Run a recipe that must work, and check its submission against what the view asks for."""
    status, output = run(folder, recipe, read_facts(view))
    assert status == 0, output
    assert "fold 1" in output
    submission = pd.read_csv(folder / "submission.csv", dtype=str)
    wanted = ([view.id] if view.id else []) + list(view.prediction_columns)
    assert list(submission.columns) == wanted
    assert len(submission) == view.test_rows
    if view.id:
        shown = pd.read_csv(folder / "input" / "test.csv", dtype=str)
        assert list(submission[view.id]) == list(shown[view.id])
    predicted = submission[list(view.prediction_columns)]
    if view.kind == "labels":
        assert set(predicted.iloc[:, 0]) <= set(view.classes)
    else:
        values = predicted.astype(float).to_numpy()
        assert np.isfinite(values).all()
        if view.kind == "probabilities":
            assert ((values >= 0) & (values <= 1)).all()
            if len(view.prediction_columns) > 1:
                assert values.sum(axis=1) == pytest.approx(1, abs=1e-6)
    return output


def blend(*families: Family, **fields: Any) -> Recipe:
    return Recipe(members=tuple(Member(f) for f in families), latent=4, folds=3, **fields)


def test_a_script_runs_on_its_own(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "labels", 2), "accuracy")
    script = write_script(blend("linear", indicators=True), read_facts(view))
    (tmp_path / "solution.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "solution.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=True)
    assert done.stderr == ""
    assert len(pd.read_csv(tmp_path / "submission.csv")) == view.test_rows


def test_all_families_classify_mixed_columns_into_several_classes(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "probabilities", 3), "log_loss")
    everything = blend("linear", "elastic", "sgd", "spline", "forest", "extra_trees", "boosting", "knn")
    check(tmp_path, change(everything, decision="temperature", indicators=True, clip=True), view)
    more = blend("svm", "gaussian_process", "mlp", "boosting", stack=True, ratios=True, matches=True, fold_case=True)
    check(tmp_path, change(more, categories="target", text="both", repeats=2, select=50), view)


def test_all_families_regress_on_mixed_columns_without_an_id(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "values", 0), "rmse", with_id=False)
    everything = blend("linear", "elastic", "sgd", "spline", "forest", "extra_trees", "boosting", "knn", "svm", "mlp")
    check(tmp_path, change(everything, ratios=True, coerce=True, infinities=True), view)
    check(tmp_path, blend("gaussian_process", "linear", stack=True, scale="quantile", drift="adversarial"), view)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1", "f1_macro", "mcc", "roc_auc", "brier"])
def test_metrics_of_classes_with_balanced_weights_and_tuned_decisions(tmp_path: Path, metric: str) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "labels", 2), metric)
    decision = "threshold" if view.kind == "labels" else "temperature"
    output = check(tmp_path, blend("linear", "boosting", balanced=True, decision=decision), view)
    assert "cross-validated" in output


@pytest.mark.parametrize("metric", ["rmsle", "mae", "median_ae", "mape", "smape", "r2", "spearman"])
def test_metrics_of_positive_values(tmp_path: Path, metric: str) -> None:
    table = inputs()[["size", "town"]]
    target = target_of(table, "values", 0)
    view = write_task(tmp_path, table, target - target.min() + 1, metric)
    check(tmp_path, blend("linear", "boosting", log_target=metric != "r2"), view)


def test_ordered_classes_get_borders(tmp_path: Path) -> None:
    table = inputs()
    grades = target_of(table, "labels", 4).str[-1]
    view = write_task(tmp_path, table, grades, "quadratic_kappa")
    output = check(tmp_path, blend("boosting", "linear", ordered=True, decision="cutpoints"), view)
    assert "borders between the classes" in output
    check(tmp_path, blend("boosting", "linear"), view)


def test_pictures_are_moved_and_evened_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = pd.DataFrame(rng.integers(0, 17, (150, 64)), columns=[f"p{i}" for i in range(64)])
    view = write_task(tmp_path, pixels, pd.Series(rng.integers(0, 3, 150)), "log_loss")
    assert read_facts(view).picture == (8, 8)
    check(tmp_path, blend("mlp", shifts=True, contrast=True), view)
    check(tmp_path, blend("linear", neighbourhood=True), view)


def test_one_numeric_column_is_enough(tmp_path: Path) -> None:
    table = inputs()[["größe ß"]]
    view = write_task(tmp_path, table, target_of(inputs(), "labels", 2), "accuracy")
    check(tmp_path, blend("forest"), view)
    check(tmp_path, blend("linear", indicators=True), view)


def test_one_text_column_is_enough(tmp_path: Path) -> None:
    table = inputs()[["note"]]
    view = write_task(tmp_path, table, target_of(inputs(), "labels", 2), "f1")
    check(tmp_path, blend("naive_bayes", "linear"), view)
    check(tmp_path, blend("boosting"), view)


def test_columns_beyond_the_preview_are_taken_where_they_are_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(90, 230)), columns=[f"x {i}" for i in range(230)])
    wide["last"] = "word"
    view = write_task(tmp_path, wide, target_of(wide, "labels", 2), "accuracy")
    check(tmp_path, blend("boosting"), view)
    check(tmp_path, blend("linear"), view)


def test_a_task_that_hides_no_rows_is_told_the_score(tmp_path: Path) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "labels", 2), "f1")
    view = msgspec.structs.replace(view, score="reported", split="none")
    output = check(tmp_path, blend("linear", decision="threshold"), view)
    assert re.search(r"^score: 0\.\d+$", output, re.MULTILINE)


@pytest.mark.parametrize("split", ["time:bought", "group:paint"])
def test_time_and_groups_are_respected(tmp_path: Path, split: str) -> None:
    table = inputs()
    view = write_task(tmp_path, table, target_of(table, "labels", 2), "roc_auc", split=split)
    check(tmp_path, blend("boosting", drift="unstable"), view)


@pytest.mark.parametrize(
    ("family", "metric", "slip"),
    [
        ("svm", "accuracy", {"impute": False}),
        ("linear", "roc_auc", {"impute": False}),
        ("forest", "accuracy", {"tidy_numbers": False}),
        ("linear", "accuracy", {"fill_text": False}),
        ("linear", "accuracy", {"tolerate_unknown": False}),
        ("forest", "accuracy", {"tolerate_unknown": False}),
        ("boosting", "accuracy", {"parse_dates": False}),
        ("svm", "log_loss", {"calibrated": False}),
        ("boosting", "accuracy", {"latent": 0}),
        ("naive_bayes", "accuracy", {"drop": ()}),
        ("linear", "rmse", {"log_target": True}),
        ("linear", "rmsle", {"floor": False}),
    ],
)
def test_slips_really_crash_and_are_repaired_from_the_traceback(
    tmp_path: Path, family: Family, metric: str, slip: dict[str, Any]
) -> None:
    table = inputs(240)
    kind = "values" if metric.startswith("rms") else "labels"
    target = target_of(table, kind, 2)
    if metric == "rmsle":
        target = (target - target.min()) ** 3
    view = write_task(tmp_path, table, target, metric)
    facts = read_facts(view)
    recipe = change(blend(family), **{"latent": 4, **slip})
    status, output = run(tmp_path, recipe, facts)
    assert status != 0, output
    parent = attempt(write_script(recipe, facts), "crash", output=output[-2000:])
    choice = repair(read_context(proposal(view, "debug", (parent,)), facts, 0))
    assert any(reason.startswith("The cause: ") for reason in choice.reasons), output
    check(tmp_path, choice.recipe, view)
