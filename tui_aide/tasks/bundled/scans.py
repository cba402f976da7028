"""Task `scans`: strips of printed text under stains and noise; the clean ink of every pixel is to be told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 900
TEST_ROWS = 600
SIDE = 12
GLYPHS = (
    "010101111101101", "110101110101110", "011100100100011", "110101101101110", "111100110100111", "111100110100100",
    "011100101101011", "101101111101101", "111010010010111", "001001001101010", "101110100110101", "100100100100111",
    "101111111101101", "110101101101101", "010101101101010", "110101110100100", "010101101110011", "110101110110101",
    "011100010001110", "111010010010010", "101101101101111", "101101101101010", "101101111111101", "101010010010101",
    "101101010010010", "111001010100111",
)  # fmt: skip
"""The letters on 3 x 5 pixels, row by row."""


def generate(salt: str = "") -> Generated:
    """Return 900 training and 600 test scans of 12 x 12 pixels, noisy `n...` and clean `c...`, 0 to 99 each."""
    salted = Salt(6111, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    noise, stain, specks = salted.vary(0.13), salted.vary(0.75), salted.vary(0.05)
    letters = salted.places(tuple(range(20)), len(GLYPHS)) if not salted.plain else tuple(range(len(GLYPHS)))
    clean = np.stack([_page(letters, rng) for _ in range(rows)])
    dirty = np.stack([_spoilt(page, noise, stain, specks, rng) for page in clean])
    cells = [f"{row:02d}{column:02d}" for row in range(SIDE) for column in range(SIDE)]
    noisy = pd.DataFrame(_whole(dirty), columns=[f"n{cell}" for cell in cells])
    targets = pd.DataFrame(_whole(clean), columns=[f"c{cell}" for cell in cells])
    frame = with_ids(pd.concat([noisy, targets], axis=1), "scan_id", rng)
    return divide(
        frame,
        id_column="scan_id",
        target=tuple(targets.columns),
        train_rows=TRAIN_ROWS,
        predictions=dict.fromkeys(targets.columns, 15),
    )


def _whole(images: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.clip(np.rint(99 * images), 0, 99).astype(int).reshape(len(images), -1)
    return result


def _page(letters: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return a cut-out of printed lines: ink in 0..1 of `SIDE` x `SIDE` pixels."""
    size = SIDE + 8
    page = np.zeros((size, size))
    ink = rng.uniform(0.75, 1.0)
    leading, spacing = int(rng.integers(6, 9)), int(rng.integers(4, 6))
    for top in range(int(rng.integers(0, 4)), size - 5, leading):
        for left in range(int(rng.integers(0, 4)), size - 3, spacing):
            if rng.random() < 0.85:
                bits = GLYPHS[letters[int(rng.integers(0, len(letters)))]]
                page[top : top + 5, left : left + 3] = np.array(list(bits), dtype=float).reshape(5, 3) * ink
    down, right = rng.integers(0, 9, size=2)
    return page[down : down + SIDE, right : right + SIDE]


def _spoilt(page: np.ndarray, noise: float, stain: float, specks: float, rng: np.random.Generator) -> np.ndarray:
    """Return the page as a poor scanner has it: soft, stained, creased, unevenly lit, noisy and speckled."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    padded = np.pad(page, 1, mode="edge")
    blur = rng.uniform(0.05, 0.13)
    soft = (1 - 4 * blur) * page
    soft += blur * (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:])
    tilt = rng.normal(0.0, 0.012, size=2)
    paper = rng.uniform(0.05, 0.25) + tilt[0] * (rows - SIDE / 2) + tilt[1] * (columns - SIDE / 2)
    for _ in range(int(rng.integers(0, 3))):
        at, radius = rng.uniform(-2, SIDE + 2, size=2), rng.uniform(2.0, 7.0)
        distance = np.hypot(rows - at[0], columns - at[1])
        depth = rng.uniform(0.3, 1.0) * stain
        ring = np.exp(-(((distance - radius) / 0.9) ** 2)) + 0.4 * (distance < radius)
        paper = paper + depth * ring / 1.4
    if rng.random() < 0.25:
        crease = rng.uniform(0, SIDE)
        paper = paper + 0.4 * np.exp(-((columns + rng.normal(0, 0.3) * rows - crease) ** 2))
    # Ink on a stain is hardly darker than the stain: shades multiply as glass does.
    image = 1 - (1 - soft) * (1 - np.clip(paper, 0, 0.9))
    image = image * rng.uniform(0.75, 1.0) + rng.normal(0.0, noise, size=page.shape)
    dice = rng.random(page.shape)
    return np.where(dice < specks / 2, 0.0, np.where(dice > 1 - specks / 2, 1.0, image))
