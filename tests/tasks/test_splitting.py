from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_aide.tasks.splitting import JACKKNIFE_GROUPS, SplitPlan, plan_split


def plan(
    split: str,
    rows: int = 200,
    classes: int = 0,
    cells: list[str] | None = None,
    holdout: float = 0.2,
    folds: int = 1,
    seed: int = 0,
) -> SplitPlan:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, classes, rows) if classes else rng.normal(size=rows)
    return plan_split(split, truth, classes, cells, holdout=holdout, folds=folds, seed=seed)


@given(rows=st.integers(10, 300), holdout=st.floats(0.05, 0.9), seed=st.integers(0, 100))
def test_holdout_hides_its_share_in_two_parts(rows: int, holdout: float, seed: int) -> None:
    result = plan("random", rows, holdout=holdout, seed=seed)
    hidden = result.fold >= 0
    assert abs(hidden.sum() - holdout * rows) <= 2
    assert 0 < result.selection.sum() < hidden.sum() < rows
    assert not result.selection[~hidden].any()
    assert (result.group[hidden & ~result.selection] >= 0).all()
    assert (result.group[~hidden | result.selection] == -1).all()


@given(rows=st.integers(10, 300), folds=st.integers(2, 5), classes=st.sampled_from([0, 2, 3]))
def test_folds_hide_every_row_once_and_evenly(rows: int, folds: int, classes: int) -> None:
    result = plan("stratified" if classes else "random", rows, classes, folds=folds)
    sizes = np.bincount(result.fold[result.fold >= 0], minlength=folds)
    assert (result.fold >= 0).sum() >= rows - classes  # a class of one row is never hidden
    assert sizes.max() - sizes.min() <= 1 + classes


def test_selection_is_a_third() -> None:
    result = plan("random", 3000, folds=5)
    assert result.selection.mean() == pytest.approx(1 / 3, abs=0.01)


def test_stratified_parts_keep_each_class_share() -> None:
    truth = np.array([0] * 900 + [1] * 100)
    result = plan_split("stratified", truth, 2, None, holdout=0.2, folds=1, seed=3)
    hidden = result.fold >= 0
    assert truth[hidden].mean() == pytest.approx(0.1, abs=0.01)
    assert truth[result.selection].mean() == pytest.approx(0.1, abs=0.02)
    rare = np.bincount(result.group[hidden & ~result.selection & (truth == 1)], minlength=JACKKNIFE_GROUPS)
    assert rare.max() - rare.min() <= 1


def test_a_class_of_one_row_is_never_hidden() -> None:
    truth = np.array([0, 1] * 20 + [2])
    for seed in range(10):
        assert plan_split("stratified", truth, 3, None, holdout=0.2, folds=5, seed=seed).fold[-1] == -1


@pytest.mark.parametrize("folds", [1, 4])
def test_no_group_is_on_both_sides(folds: int) -> None:
    cells = [f"patient {number % 23}" for number in range(300)]
    result = plan("group:patient", 300, cells=cells, folds=folds)
    for group in set(cells):
        rows = np.array([cell == group for cell in cells])
        assert len(set(result.fold[rows])) == 1
        assert len(set(result.selection[rows])) == 1
        assert len(set(result.group[rows])) == 1
    hidden = (result.fold >= 0).mean()
    assert hidden == 1 if folds > 1 else 0.1 < hidden < 0.3


@pytest.mark.parametrize(
    "cells",
    [
        [f"2020-{1 + n // 20:02d}-{1 + n % 20:02d}" for n in range(200)],
        [str(1990 + n) for n in range(200)],
    ],
)
def test_the_latest_rows_are_hidden(cells: list[str]) -> None:
    order = np.random.default_rng(0).permutation(200)
    result = plan("time:when", cells=[cells[place] for place in order])
    assert sorted(order[result.fold >= 0]) == list(range(160, 200))


def test_rows_of_one_time_stay_together() -> None:
    cells = [str(n // 30) for n in range(200)]
    result = plan("time:when", cells=cells)
    hidden = {cells[row] for row in np.flatnonzero(result.fold >= 0)}
    assert hidden.isdisjoint(cells[row] for row in np.flatnonzero(result.fold < 0))


@pytest.mark.parametrize("split", ["random", "stratified"])
def test_the_seed_fixes_the_plan(split: str) -> None:
    one, same, other = (plan(split, classes=2, seed=seed) for seed in (1, 1, 2))
    assert (one.fold == same.fold).all()
    assert (one.group == same.group).all()
    assert (one.fold != other.fold).any()
