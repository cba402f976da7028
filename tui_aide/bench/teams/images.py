"""How teams prepare small grey images that lie in columns, one a pixel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]
LEAST_PIXELS = 49


def is_image(frame: pd.DataFrame) -> bool:
    """Return whether all columns are numbers and as many as a square image of 7 by 7 or more has pixels."""
    count = frame.shape[1]
    numeric = frame.select_dtypes("number").shape[1] == count
    return numeric and count >= LEAST_PIXELS and math.isqrt(count) ** 2 == count


def pixels(rows: Any) -> Array:
    """Return (n, pixels) as floats."""
    return np.asarray(rows, dtype=float)


def contrast(rows: Any) -> Array:
    """Return the images with their paper at 0 and their ink at 1: (n, pixels)."""
    values = pixels(rows)
    values = values - np.median(values, axis=1, keepdims=True)
    result: Array = values / np.maximum(np.quantile(values, 0.95, axis=1, keepdims=True), 1e-9)
    return result


def centred(rows: Any) -> Array:
    """Return images of even contrast, moved so that the ink's centre is in the middle, by whole pixels."""
    values = np.clip(contrast(rows), 0, 1.5)
    side = math.isqrt(values.shape[1])
    images = values.reshape(-1, side, side)
    place = np.arange(side)
    ink = images.sum(axis=(1, 2)) + 1e-9
    down = np.rint((side - 1) / 2 - (images.sum(axis=2) @ place) / ink).astype(int)
    right = np.rint((side - 1) / 2 - (images.sum(axis=1) @ place) / ink).astype(int)
    moved = [np.roll(image, (d, r), axis=(0, 1)) for image, d, r in zip(images, down, right, strict=True)]
    return np.stack(moved).reshape(len(values), -1)


def blurred(rows: Any) -> Array:
    """Return images of even contrast as means over 2 by 2 pixels that overlap, beside the pixels themselves."""
    values = contrast(rows)
    side = math.isqrt(values.shape[1])
    images = values.reshape(-1, side, side)
    means = (images[:, 1:, 1:] + images[:, :-1, 1:] + images[:, 1:, :-1] + images[:, :-1, :-1]) / 4
    return np.concatenate([values, means.reshape(len(values), -1)], axis=1)
