"""What teams' models are made with: small factories over scikit-learn, all of them with a fixed seed."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from tui_aide.bench.teams.pipeline import Made, Pipeline


def weak(name: str, model: Made, **options: Any) -> Pipeline:
    """Return a pipeline that no other team takes into its blend."""
    return Pipeline(name, model, blendable=False, **options)


def seeded(kind: Any, **options: Any) -> Made:
    """Return what makes a model with a fixed seed."""
    return partial(kind, random_state=0, **options)


def logistic(penalty: float) -> Made:
    """Return what makes a logistic regression with an inverse penalty."""
    return partial(LogisticRegression, C=penalty, max_iter=1000)


def network(kind: Any, units: int, alpha: float = 1e-3) -> Made:
    """Return what makes a neural network of one hidden layer that stops early."""
    options = {"max_iter": 120, "early_stopping": True, "learning_rate_init": 5e-3, "random_state": 0}
    return partial(kind, hidden_layer_sizes=(units,), alpha=alpha, **options)


def neighbours(count: int) -> Made:
    """Return what makes a vote of neighbours, the nearer ones with more weight."""
    return partial(KNeighborsClassifier, count, weights="distance")


def boosting(rounds: int) -> Made:
    """Return what makes a boosting of small trees."""
    return partial(HistGradientBoostingClassifier, max_iter=rounds, max_leaf_nodes=8, random_state=0)


def calibrated(kind: Any, **options: Any) -> Made:
    """Return what makes a classifier whose scores become chances (Platt, 1999)."""
    return lambda: CalibratedClassifierCV(kind(**options), ensemble=False, cv=3)


def after(first: Made, then: Made) -> Made:
    """Return what makes a transformer with a model behind it."""
    return lambda: make_pipeline(first(), then())
