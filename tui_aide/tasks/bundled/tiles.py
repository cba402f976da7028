"""Task `tiles`: photographs of glazed tiles as PNG files; which fault, if any, a tile has."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 900
TEST_ROWS = 700
SIDE = 20
FAULTS = ("chip", "crack", "none", "spots", "streak")
SHARES = (0.17, 0.19, 0.3, 0.17, 0.17)


def generate(salt: str = "") -> Generated:
    """Return 900 training and 700 test tiles; the pictures are in `images/<tile_id>.png` and, all, in `images.npz`."""
    salted = Salt(6212, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    noise, depth = salted.vary(11.0), salted.vary(58.0, 0.1)
    fault = rng.choice(FAULTS, size=rows, p=SHARES)
    glaze = rng.choice(["white", "celadon", "honey", "cobalt"], size=rows, p=[0.35, 0.25, 0.25, 0.15])
    pictures = np.stack([_picture(one, shade, noise, depth, rng) for one, shade in zip(fault, glaze, strict=True)])
    frame = pd.DataFrame({"glaze": glaze, "kiln": rng.integers(1, 5, size=rows)})
    frame["fault"] = fault
    frame = with_ids(frame, "tile_id", rng)
    frame.insert(1, "file", [f"images/{tile}.png" for tile in frame["tile_id"]])
    made = divide(
        frame,
        id_column="tile_id",
        target="fault",
        train_rows=TRAIN_ROWS,
        predictions=dict(zip(FAULTS, SHARES, strict=True)),
    )
    files = {file: png(picture) for file, picture in zip(frame["file"], pictures, strict=True)}
    order = np.argsort(frame["tile_id"].to_numpy())
    files["images.npz"] = _npz(frame["tile_id"].to_numpy()[order], pictures[order])
    return Generated(made.train, made.test, made.sample_submission, made.hidden, files)


def png(picture: np.ndarray) -> bytes:
    """Return an 8-bit RGB PNG file of a (height, width, 3) picture.

    It is not compressed, so that its bytes do not depend on the version of zlib.
    """
    height, width, _ = picture.shape
    lines = b"".join(b"\0" + picture[row].tobytes() for row in range(height))
    parts = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines, 0)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _npz(ids: np.ndarray, pictures: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, tile_id=ids.astype(np.int64), images=pictures)
    return file.getvalue()


_COLOURS = {"white": (225, 224, 216), "celadon": (158, 190, 170), "honey": (196, 142, 72), "cobalt": (66, 82, 148)}


def _picture(fault: str, glaze: str, noise: float, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Return a (SIDE, SIDE, 3) picture of bytes: glaze, light, marbling, the fault, and what a camera adds."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    light = (
        1 + rng.normal(0, 0.09) + rng.normal(0, 0.009) * (rows - SIDE / 2) + rng.normal(0, 0.009) * (columns - SIDE / 2)
    )
    wave = np.sin(rng.uniform(0.25, 0.7) * rows + rng.uniform(-0.7, 0.7) * columns + rng.uniform(0, 6.3))
    shade = light[..., None] * np.array(_COLOURS[glaze], dtype=float)
    shade = shade + (rng.uniform(2, 9) * wave)[..., None]
    mark = _mark(fault, rows, columns, rng) * depth * rng.uniform(0.45, 1.1)
    tint = {"chip": (0.7, 1.0, 1.2), "streak": (-0.6, -0.6, -0.5)}.get(fault, (1.0, 1.0, 1.0))
    shade = shade - mark[..., None] * np.array(tint)
    if rng.random() < 0.4:  # a reflection of the lamp, which is no fault
        at = rng.uniform(2, SIDE - 2, size=2)
        shade = shade + (45 * np.exp(-((rows - at[0]) ** 2 + (columns - at[1]) ** 2) / 6))[..., None]
    if rng.random() < 0.3:  # a hair on the lens
        slope, start = rng.normal(0, 0.5), rng.uniform(0, SIDE)
        shade = shade - (26 * np.exp(-((rows - start - slope * columns) ** 2) / 0.5))[..., None]
    shade = shade + rng.normal(0.0, noise, size=shade.shape)
    result: np.ndarray = np.clip(np.rint(shade), 0, 255).astype(np.uint8)
    return result


def _mark(fault: str, rows: np.ndarray, columns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return how deep the fault is at each pixel, in 0..1."""
    if fault == "none":
        return np.zeros(rows.shape)
    if fault == "chip":  # bites into an edge
        edge, along, size = int(rng.integers(0, 4)), rng.uniform(2, SIDE - 2), rng.uniform(2.0, 4.5)
        far = (rows, columns, SIDE - 1 - rows, SIDE - 1 - columns)[edge]
        beside = (columns, rows)[edge % 2] - along
        return np.asarray((np.hypot(far, beside) < size).astype(float))
    if fault == "spots":
        total = np.zeros(rows.shape)
        for _ in range(int(rng.integers(3, 8))):
            at, size = rng.uniform(0, SIDE, size=2), rng.uniform(0.5, 1.3)
            total = np.maximum(total, np.exp(-((rows - at[0]) ** 2 + (columns - at[1]) ** 2) / (2 * size**2)))
        return total
    if fault == "streak":  # a broad pale band, straight across
        angle, offset, width = rng.uniform(0, np.pi), rng.normal(0, 3), rng.uniform(1.2, 2.4)
        across = np.cos(angle) * (rows - SIDE / 2) + np.sin(angle) * (columns - SIDE / 2) - offset
        return np.asarray(np.exp(-((across / width) ** 2)))
    # A crack is a thin line that wanders and may stop.
    total = np.zeros(rows.shape)
    at, heading = rng.uniform(3, SIDE - 3, size=2), rng.uniform(0, 2 * np.pi)
    for _ in range(int(rng.integers(14, 34))):
        total = np.maximum(total, np.exp(-((rows - at[0]) ** 2 + (columns - at[1]) ** 2) / 0.5))
        heading += rng.normal(0, 0.35)
        at = at + 0.6 * np.array([np.sin(heading), np.cos(heading)])
    return total
