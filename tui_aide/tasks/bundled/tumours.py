"""Task `tumours`: rows blended from scikit-learn's breast-cancer data and then made dirty, as registries are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

from tui_aide.tasks.bundled.generated import Generated, blank, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 1500
TEST_ROWS = 1500
MEASURES = {
    "mean radius": ("nucleus_radius", 3), "mean texture": ("grey_texture", 2), "mean area": ("nucleus_area", 1),
    "mean smoothness": ("contour_smoothness", 4), "mean compactness": ("compactness", 4),
    "mean concave points": ("indentations", 5), "mean symmetry": ("symmetry", 4),
    "mean fractal dimension": ("boundary_fractal", 5), "radius error": ("radius_spread", 3),
    "texture error": ("texture_spread", 3), "concavity error": ("indentation_spread", 5),
}  # fmt: skip
NEIGHBOURS = 12


def generate(salt: str = "") -> Generated:
    """Return 1,500 training and 1,500 test samples, none of which is a row of the original data."""
    salted = Salt(5404, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    values, malignant = _blend(rows, rng, salted.vary(0.45, 0.1))
    frame = pd.DataFrame(values, columns=[name for name, _ in MEASURES.values()])
    clinic = rng.choice(["Northgate", "St. Vera", "Lakeside", "Old Mill"], size=rows, p=[0.35, 0.3, 0.2, 0.15])
    _mix_units(frame, clinic, rng)
    _slip_decimal_points(frame, rng)
    for name, (column, decimals) in zip(MEASURES, MEASURES.values(), strict=True):
        share = 0.18 if name.endswith("error") else 0.06
        frame[column] = blank(frame[column].round(decimals), share, rng)
    age = np.clip(np.rint(rng.normal(50, 11, size=rows) + 9 * malignant), 21, 90).astype(int)
    frame.insert(0, "age", _as_typed(age, rng))
    frame.insert(0, "clinic", _spell(clinic, rng))
    signs = np.where(rng.random(rows) < np.where(malignant, 0.8, 0.35), "palpable", "screening")
    frame["found_by"] = blank(pd.Series(signs), 0.12, rng)
    stain = np.where(clinic == "Old Mill", "Papanicolaou", rng.choice(["Giemsa", "Papanicolaou"], size=rows))
    frame["stain"] = blank(pd.Series(stain), 0.05, rng)
    frame["diagnosis"] = np.where(malignant, "malignant", "benign")
    frame = with_ids(frame, "sample_id", rng)
    return divide(
        frame, id_column="sample_id", target="diagnosis", train_rows=TRAIN_ROWS, predictions={"diagnosis": 0.37}
    )


def _blend(rows: int, rng: np.random.Generator, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return new rows between neighbours of the original data, and labels drawn from theirs.

    In the manner of SMOTE (Chawla et al., 2002), but across classes, and with noise on the logarithms.
    """
    bunch = load_breast_cancer()
    names = list(bunch.feature_names)
    original = np.log(bunch.data[:, [names.index(name) for name in MEASURES]] + 1e-3)
    scaled = (original - original.mean(axis=0)) / original.std(axis=0)
    distance = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    first = rng.integers(0, len(original), size=rows)
    second = nearest[first, rng.integers(0, NEIGHBOURS, size=rows)]
    weight = rng.uniform(0.5, 0.9, size=rows)
    blended = weight[:, None] * original[first] + (1 - weight[:, None]) * original[second]
    blended += rng.normal(0.0, noise, size=blended.shape) * original.std(axis=0)
    benign = bunch.target == 1
    chance = weight * ~benign[first] + (1 - weight) * ~benign[second]
    malignant = rng.random(rows) < 0.04 + 0.92 * chance
    return np.exp(blended), malignant


def _mix_units(frame: pd.DataFrame, clinic: np.ndarray, rng: np.random.Generator) -> None:
    """Let one clinic report lengths in tenths and areas in hundredths, another do so at times without saying so."""
    tenths = (clinic == "Lakeside") | ((clinic == "Old Mill") & (rng.random(len(frame)) < 0.5))
    for column, factor in (("nucleus_radius", 10.0), ("radius_spread", 10.0), ("nucleus_area", 100.0)):
        frame[column] = frame[column].where(~tenths, frame[column] * factor)
    percent = clinic == "Northgate"
    for column in ("compactness", "indentations"):
        frame[column] = frame[column].where(~percent, frame[column] * 100.0)


def _slip_decimal_points(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    """Spoil about one value in fifty: a slipped decimal point, or the code 999 for "not measured"."""
    for column in frame.columns:
        dice = rng.random(len(frame))
        slipped = frame[column].where(dice >= 0.012, frame[column] * 1000.0)
        frame[column] = slipped.where(dice < 0.985, 999.0)


def _as_typed(age: np.ndarray, rng: np.random.Generator) -> list[str | None]:
    """Return ages as people type them: mostly a number, sometimes with a unit or about a decade, or nothing."""
    typed: list[str | None] = []
    for years, dice in zip(age.tolist(), rng.random(len(age)).tolist(), strict=True):
        if dice < 0.05:
            typed.append(None)
        elif dice < 0.12:
            typed.append(f"{years} y")
        elif dice < 0.16:
            typed.append(f"~{years // 10 * 10}")
        else:
            typed.append(str(years))
    return typed


def _spell(clinic: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Return the clinics' names in the spellings that a registry collects."""
    spellings = (str, str, str, str.upper, str.lower, lambda name: f" {name}")
    return [spellings[pick](name) for name, pick in zip(clinic.tolist(), rng.integers(0, 6, len(clinic)), strict=True)]
