"""How teams prepare photographs that lie beside the tables, all of them in one file of arrays."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd

FILE = "images.npz"
LEAST_LINE = 8
"""Pixels of a line that is summed."""


def pictures(files: Mapping[str, bytes], rows: pd.DataFrame) -> np.ndarray:
    """Return the pictures that rows name in `file`: (n, 20, 20, 3) in 0..1."""
    with np.load(io.BytesIO(files["images.npz"])) as arrays:
        place = {f"images/{tile}.png": at for at, tile in enumerate(arrays["tile_id"].tolist())}
        images = arrays["images"]
    return np.asarray(images[[place[file] for file in rows["file"]]] / 255.0)


def contrasts(images: np.ndarray) -> np.ndarray:
    """Return quantiles of each picture's grey about its median, of its slopes, and of its rows' and columns' means."""
    grey = images.mean(axis=3)
    grey = grey - np.median(grey, axis=(1, 2), keepdims=True)
    parts = [grey, np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=2)), grey.mean(axis=1), grey.mean(axis=2)]
    levels = (0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1)
    return np.column_stack([np.quantile(p.reshape(len(p), -1), level, axis=1) for p in parts for level in levels])


def flattened(images: np.ndarray) -> np.ndarray:
    """Return the grey of pictures without glaze and light, as what a plane does not explain: (n, 20, 20)."""
    grey = images.mean(axis=3)
    side = grey.shape[1]
    rows, columns = np.mgrid[0:side, 0:side].astype(float)
    plane = np.column_stack([np.ones(side * side), rows.ravel(), columns.ravel()])
    flat = grey.reshape(len(grey), -1).T
    left = flat - plane @ np.linalg.lstsq(plane, flat, rcond=None)[0]
    return np.asarray((left - np.median(left, axis=0)).T.reshape(grey.shape))


def figures(images: np.ndarray) -> np.ndarray:
    """Return figures that do not change where a tile is turned: extremes, sharpness, shape and place of dark pixels."""
    flat = images.reshape(len(images), -1)
    found = [np.quantile(flat, level, axis=1) for level in (0, 0.01, 0.03, 0.06, 0.12, 0.25, 0.75, 0.9, 0.97, 1)]
    side = images.shape[1]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    shifts = [padded[:, down : down + side, right : right + side] for down in range(3) for right in range(3)]
    smooth = np.mean(shifts, axis=0)
    fine = images - smooth
    edge = np.zeros((side, side), dtype=bool)
    edge[:2], edge[-2:], edge[:, :2], edge[:, -2:] = True, True, True, True
    for image in (smooth, fine):
        own = image.reshape(len(image), -1)
        found += [own.std(axis=1), own.min(axis=1), own.max(axis=1), np.quantile(own, 0.05, axis=1)]
        found += [image[:, edge].min(axis=1), image[:, edge].mean(axis=1), image[:, ~edge].min(axis=1)]
    rows, columns = np.mgrid[0:side, 0:side] / side
    for sign in (-1, 1):
        weight = np.clip(sign * smooth - 0.03, 0, None).reshape(len(smooth), -1) + 1e-9
        weight /= weight.sum(axis=1, keepdims=True)
        places = np.stack([rows.ravel(), columns.ravel()])
        middle = weight @ places.T
        apart = places[None] - middle[:, :, None]
        spread = np.einsum("np,nip,njp->nij", weight, apart, apart)
        found += [*np.linalg.eigvalsh(spread).T, np.abs(middle - 0.5).max(axis=1)]
        found.append((sign * smooth > 0.06).sum(axis=(1, 2)))
    found.append((fine**2).sum(axis=(1, 2)))
    return np.column_stack(found)


def projections(images: np.ndarray) -> np.ndarray:
    """Return figures of the sums along lines in twelve directions (Radon, 1917): (n, side, side) to (n, 24).

    For dark and for bright lines, of a pixel's width and of three: how far the best direction, the second, fourth and
    seventh go, by how much the best one is ahead, and how steep it is.
    """
    side, flat = images.shape[1], images.reshape(len(images), -1)
    rows, columns = np.mgrid[0:side, 0:side] - (side - 1) / 2
    extremes: list[list[np.ndarray]] = [[], [], [], []]
    angles = np.pi * np.arange(12) / 12
    for angle in angles:
        # Middles of pixels lie at halves: without the small shift rounding would join lines of pixels in pairs.
        line = np.rint((np.cos(angle) * rows + np.sin(angle) * columns).ravel() + 0.25).astype(int)
        line -= line.min()
        length = np.bincount(line)
        long = length >= LEAST_LINE
        sums = flat @ np.eye(len(length))[line][:, long] / np.sqrt(length[long])
        wide = (sums[:, :-2] + sums[:, 1:-1] + sums[:, 2:]) / 3
        for kept, depth in zip(extremes, (-sums, sums, -wide, wide), strict=True):
            kept.append(depth.max(axis=1))
    found = []
    for depth in (np.column_stack(kept) for kept in extremes):
        ranked = -np.sort(-depth, axis=1)
        found += [ranked[:, place] for place in (0, 1, 3, 6)]
        found += [ranked[:, 0] - ranked[:, 6], np.abs(np.cos(angles[depth.argmax(axis=1)]))]
    return np.column_stack(found)
