"""Models of one pixel from the window around it, for scans whose pixels lie in columns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

MOST_PIXELS = 60_000


class PixelModel(BaseEstimator):  # type: ignore[misc]
    """A model of values that learns every pixel's clean ink from the pixels around it.

    Args:
        model: learns (pixels, figures) to (pixels,); it stays as it is.
        reach: how many pixels a window reaches in each direction.
        most: train on so many pixels at most, drawn at random.
    """

    def __init__(self, model: Any, reach: int, most: int = MOST_PIXELS) -> None:
        self.model = model
        self.reach = reach
        self.most = most

    def fit(self, x: pd.DataFrame, y: pd.DataFrame) -> Self:
        """Learn from scans (n, side * side) and their clean ink, of the same shape."""
        inputs, ink = windows(x, self.reach), y.to_numpy(dtype=float).reshape(-1)
        some = np.random.default_rng(0).permutation(len(ink))[: self.most]
        self.model_ = clone(self.model).fit(inputs[some], ink[some])
        return self

    def predict(self, x: pd.DataFrame) -> np.ndarray:
        """Return the clean ink of scans: (n, side * side)."""
        return np.asarray(self.model_.predict(windows(x, self.reach)), dtype=float).reshape(len(x), -1)


def windows(frame: pd.DataFrame, reach: int) -> np.ndarray:
    """Return, a row a pixel, the pixels around it and three figures of the whole scan."""
    side = round(frame.shape[1] ** 0.5)
    images = frame.to_numpy(dtype=float).reshape(-1, side, side)
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)), mode="reflect")
    steps = range(2 * reach + 1)
    around = [padded[:, down : down + side, right : right + side] for down in steps for right in steps]
    figures = [np.quantile(images, level, axis=(1, 2)) for level in (0.1, 0.5, 0.95)]
    around += [np.broadcast_to(figure[:, None, None], images.shape) for figure in figures]
    return np.stack(around, axis=-1).reshape(-1, len(around))
