from __future__ import annotations

import math

import numpy as np
import pytest

from tui_aide.tasks.jackknife import paired_gain, replicate, standard_error
from tui_aide.tasks.metric_functions import FUNCTIONS, rmse, roc_auc
from tui_aide.tasks.splitting import plan_split
from tui_aide.tasks.task import ScoreReport


def report(replicates: tuple[float, ...], value: float) -> ScoreReport:
    return ScoreReport(value, standard_error(replicates), replicates, 100)


def groups(truth: np.ndarray, classes: int, seed: int) -> np.ndarray:
    plan = plan_split("random", truth, classes, None, holdout=0.9999, folds=1, seed=seed)
    return np.where(plan.group >= 0, plan.group, 0)


def test_of_a_mean_it_is_the_usual_standard_error() -> None:
    errors = np.random.default_rng(0).normal(size=32)
    replicates = replicate(lambda truth, predictions: float(np.mean(predictions)), errors, errors, np.arange(32))
    assert standard_error(replicates) == pytest.approx(errors.std(ddof=1) / np.sqrt(32))


def test_undefined_replicates_give_no_standard_error() -> None:
    truth = np.array([0, 0, 0, 1])
    assert replicate(roc_auc, truth, np.array([0.1, 0.2, 0.3, 0.4]), np.arange(4)) == ()
    assert standard_error(()) is None


@pytest.mark.parametrize("replicates", [(1e200, 2e200), (1e308, -1e308), (math.inf, -math.inf), (math.nan, 1.0)])
def test_what_floats_do_not_hold_has_no_standard_error(replicates: tuple[float, ...]) -> None:
    assert standard_error(replicates) is None


@pytest.mark.parametrize(("name", "classes"), [("rmse", 0), ("roc_auc", 2), ("log_loss", 2)])
def test_one_standard_error_covers_the_true_score_about_as_often_as_it_should(name: str, classes: int) -> None:
    """Over 300 simulated tasks of 400 rows, about 68 % of scores lie within one standard error, 95 % within two."""
    score = FUNCTIONS[name]
    rng = np.random.default_rng(7)

    def draw(rows: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=rows)
        if classes:
            truth = np.arange(rows) % 2  # class shares are fixed by the stratified split
            return truth, 1 / (1 + np.exp(-(x + 1.2 * truth - 0.6)))
        return x + rng.normal(size=rows), x

    large = draw(400_000)
    true_value = score(*large)
    within_one = within_two = 0
    for seed in range(300):
        truth, predictions = draw(400)
        error = standard_error(replicate(score, truth, predictions, groups(truth, classes, seed)))
        assert error is not None
        distance = abs(score(truth, predictions) - true_value)
        within_one += distance <= error
        within_two += distance <= 2 * error
    assert 0.60 < within_one / 300 < 0.76
    assert 0.91 < within_two / 300 < 0.99


def test_a_paired_difference_is_surer_than_its_parts() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=640)
    first = truth + rng.normal(size=640)
    second = truth + (first - truth) * 0.97 + rng.normal(size=640) * 0.05
    own = np.arange(640) % 32
    old = report(replicate(rmse, truth, first, own), rmse(truth, first))
    new = report(replicate(rmse, truth, second, own), rmse(truth, second))
    gain, error = paired_gain("min", new, old)
    assert gain == pytest.approx(old.value - new.value)
    assert gain > 0
    assert error is not None
    assert old.se is not None
    assert error < old.se / 5


def test_gain_has_the_sign_of_the_direction() -> None:
    new, old = report((0.8, 0.7), 0.75), report((0.6, 0.6), 0.6)
    assert paired_gain("max", new, old)[0] == pytest.approx(0.15)
    assert paired_gain("min", new, old)[0] == pytest.approx(-0.15)


def test_gain_without_replicates_has_no_standard_error() -> None:
    gain, error = paired_gain("max", report((), 0.5), report((0.5, 0.6), 0.25))
    assert (gain, error) == (0.25, None)


def test_gain_over_a_huge_score_has_no_standard_error() -> None:
    gain, error = paired_gain("min", report((1.0, 2.0), 1.5), report((1e200, 3e200), 2e200))
    assert (gain, error) == (2e200, None)
