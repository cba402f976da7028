"""One pipeline of a team: how it prepares the rows, what it fits, and what it predicts from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline

from tui_aide.bench.teams.columns import ENCODERS, FRAMES
from tui_aide.bench.teams.rows import Array, TeamRows

Made = Callable[[], Any]


@dataclass(frozen=True)
class Pipeline:
    """A model on prepared rows.

    Attributes:
        name: what the team is called, without the share of the rows.
        model: makes a fresh estimator of scikit-learn's kind.
        frames: how the table's columns are made ("raw", "tidy", "steady").
        columns: how they are encoded ("scaled", "ranked", "coded"); empty where `transform` does so.
        transform: makes a fresh transformer of rows instead (images, texts).
        column: the only column that is used, where there is one (texts).
        logarithm: whether a model of values learns their logarithm.
        most_rows: train on so many rows at most, for what is slow with more.
        regression: whether grades are learned as numbers, and cut by the classes' shares.
        blendable: whether others take it into their blends.
    """

    name: str
    model: Made
    frames: str = "raw"
    columns: str = ""
    transform: Made | None = None
    column: str = ""
    logarithm: bool = False
    most_rows: int = 1_000_000
    regression: bool = False
    blendable: bool = True

    def predict(self, rows: TeamRows, seed: int) -> Array:
        """Fit on the training rows and return predictions of the test rows, as `TeamRows` has them."""
        if len(rows.x) > self.most_rows:
            rows = rows.part(self.most_rows / len(rows.x), seed)
        x, z = FRAMES[self.frames](rows.x, rows.z)
        fitted = make_pipeline(*self._steps(x)).fit(self._chosen(x), rows.y)
        if rows.values:
            return np.asarray(fitted.predict(self._chosen(z)), dtype=float)
        if rows.texts:
            return np.asarray(fitted.predict(self._chosen(z)), dtype=object)
        if rows.several:
            return chances(fitted.predict_proba(self._chosen(z)))
        if self.regression:
            return rows.as_shares(cut(fitted.predict(self._chosen(z)), rows))
        return aligned(fitted.predict_proba(self._chosen(z)), fitted.classes_, rows)

    def _chosen(self, frame: pd.DataFrame) -> Any:
        return frame[self.column] if self.column else frame

    def _steps(self, x: pd.DataFrame) -> list[Any]:
        model = self.model()
        if self.logarithm:
            model = TransformedTargetRegressor(model, func=np.log1p, inverse_func=np.expm1, check_inverse=False)
        prepared = [self.transform()] if self.transform is not None else []
        return [*prepared, *([ENCODERS[self.columns](x)] if self.columns else []), model]


def chances(predicted: Any) -> Array:
    """Return the chances of a 1 for each of several targets, (n, targets), from either form of scikit-learn's."""
    if isinstance(predicted, list):
        return np.column_stack([own[:, -1] for own in predicted])
    return np.asarray(predicted, dtype=float)


def aligned(predicted: Array, seen: Array, rows: TeamRows) -> Array:
    """Return shares for all classes, also those that no training row had: (n, seen) to (n, classes)."""
    shares = np.full((len(predicted), len(rows.classes)), 1e-6)
    shares[:, np.searchsorted(rows.classes, seen)] += predicted
    result: Array = shares / shares.sum(axis=1, keepdims=True)
    return result


def cut(values: Array, rows: TeamRows) -> Array:
    """Return grades for values (n,), so that each grade is as frequent as in training."""
    shares = np.array([(rows.y == grade).mean() for grade in rows.classes])
    bounds = np.quantile(values, np.cumsum(shares)[:-1].clip(0, 1))
    result: Array = rows.classes[np.searchsorted(bounds, values)]
    return result
