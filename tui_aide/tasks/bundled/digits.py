"""Task `digits`: scikit-learn's 8x8 digits, each turned, moved, scaled, dimmed and noised on a 10x10 grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

SIDE = 10
TRAIN_ROWS = 1300


def generate(salt: str = "") -> Generated:
    """Return 1,300 training and 497 test images of 100 pixels; every original image is used once."""
    salted = Salt(5101, salt)
    rng = salted.rng
    bunch = load_digits()
    order = rng.permutation(len(bunch.target))
    turn, noise = salted.vary(0.3), salted.vary(0.07)
    pixels = np.stack([_redraw(bunch.images[i], rng, turn, noise) for i in order])
    columns = [f"p{row}{column}" for row in range(SIDE) for column in range(SIDE)]
    frame = pd.DataFrame(pixels.reshape(len(order), -1), columns=columns)
    frame["digit"] = bunch.target[order]
    frame = with_ids(frame, "image_id", rng)
    return divide(
        frame,
        id_column="image_id",
        target="digit",
        train_rows=TRAIN_ROWS,
        predictions={str(digit): 0.1 for digit in range(10)},
    )


def _redraw(image: np.ndarray, rng: np.random.Generator, turn: float, noise: float) -> np.ndarray:
    """Return `image` (8x8, 0..16) after a random affine map and noise, as SIDE x SIDE integers 0..99."""
    angle = rng.uniform(-turn, turn)
    scale = rng.uniform(0.85, 1.1)
    shear = rng.uniform(-0.1, 0.1)
    shift = rng.uniform(-0.9, 0.9, size=2)
    centre = (SIDE - 1) / 2
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    down, right = rows - centre - shift[0], columns - centre - shift[1]
    source_row = (np.cos(angle) * down - np.sin(angle) * right) / scale + 3.5
    source_column = (np.sin(angle) * down + np.cos(angle) * right) / scale + shear * down + 3.5
    ink = _bilinear(image, source_row, source_column) / 16.0
    ink = ink * rng.uniform(0.6, 1.0) + rng.uniform(0.0, 0.15)
    ink = ink + rng.normal(0.0, noise, size=ink.shape)
    result: np.ndarray = np.clip(np.rint(ink * 99), 0, 99).astype(int)
    return result


def _bilinear(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return `image` at fractional positions; outside of it there is no ink."""
    padded = np.pad(image, 2)
    rows = np.clip(rows + 2, 0, padded.shape[0] - 1.001)
    columns = np.clip(columns + 2, 0, padded.shape[1] - 1.001)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    result: np.ndarray = (
        padded[top, left] * (1 - down) * (1 - right)
        + padded[top + 1, left] * down * (1 - right)
        + padded[top, left + 1] * (1 - down) * right
        + padded[top + 1, left + 1] * down * right
    )
    return result
