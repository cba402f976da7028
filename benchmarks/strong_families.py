"""The strong references of the tasks with several targets, texts, pictures or gaps; as in `bench.teams.strong`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from benchmarks.reference_models import Data, as_submitted, pictures, windowed
from benchmarks.spoken import looked_up, spoken
from tui_aide.bench.teams.columns import encoder


def remarks(data: Data) -> np.ndarray:
    """Pieces of words, which typing slips leave whole, beside words and pairs, and the stars; one model a label."""
    words = make_pipeline(
        make_column_transformer(
            (TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5), min_df=2), "remark"),
            (TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 3), min_df=2), "remark"),
            (OneHotEncoder(), ["stars"]),
        ),
        MultiOutputClassifier(LogisticRegression(C=8, max_iter=1000)),
    )
    return as_submitted(data.task, words.fit(data.x, data.y), data.z)


def readings(data: Data) -> np.ndarray:
    """Rules for each kind of token, and the neighbours' words where an abbreviation may stand for two."""
    return looked_up(data, spoken, neighbours=True)


def scans(data: Data) -> np.ndarray:
    """Boosting of each pixel from a wide window around it."""
    boosting = HistGradientBoostingRegressor(learning_rate=0.1, max_iter=250, max_leaf_nodes=63, random_state=0)
    return windowed(data, 3, [boosting])


def tiles(data: Data) -> np.ndarray:
    """Support vectors on turned and mirrored copies, and boosting of figures of what glaze and light do not explain."""
    x, z = (_flattened(pictures(data, rows)) for rows in (data.x, data.z))
    y = data.y.to_numpy()
    turns = [np.rot90(side, turn, axes=(1, 2)) for side in (x, x[:, :, ::-1]) for turn in range(4)]
    many, labels = np.concatenate(turns), np.tile(y, len(turns))
    boosting = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=250, max_leaf_nodes=8, random_state=0)
    trees = ExtraTreesClassifier(500, min_samples_leaf=2, random_state=0)
    total = np.zeros((len(z), 5))
    for weight, model in ((0.5, boosting), (0.5, trees)):
        total += weight * model.fit(_figures(many), labels).predict_proba(_figures(z))
    return total


def _flattened(images: np.ndarray) -> np.ndarray:
    """Return the grey of pictures without glaze and light, as what a plane does not explain: (n, 20, 20)."""
    grey = images.mean(axis=3)
    side = grey.shape[1]
    rows, columns = np.mgrid[0:side, 0:side].astype(float)
    plane = np.column_stack([np.ones(side * side), rows.ravel(), columns.ravel()])
    flat = grey.reshape(len(grey), -1).T
    left = flat - plane @ np.linalg.lstsq(plane, flat, rcond=None)[0]
    return np.asarray((left - np.median(left, axis=0)).T.reshape(grey.shape))


def _figures(images: np.ndarray) -> np.ndarray:
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


def patchwork(data: Data) -> np.ndarray:
    """Boosting of the logarithm with the gaps left in, on areas put together from what each office asked."""

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        storeys = frame["storeys"].fillna(1.7)
        area = frame["floor_area_m2"].fillna(0.89 * frame["footprint_m2"] * storeys)
        area = area.fillna(27 * frame["rooms"]).fillna(frame["insured_keur"] / 2.3)
        made = frame.drop(columns=["visited"]).assign(area=area, asked=frame.notna().sum(axis=1))
        made["age"] = np.log(2030 - frame["built"])
        for column in ("roof_insulation_cm", "glazing", "built", "heater", "solar"):
            made[f"no_{column}"] = frame[column].isna().astype(int)
        words = [column for column in made.columns if not pd.api.types.is_numeric_dtype(made[column])]
        made[words] = made[words].astype("category")
        return made

    both = features(pd.concat([data.x, data.z], ignore_index=True))
    x, z, y = both.iloc[: len(data.x)], both.iloc[len(data.x) :], np.log(data.y.to_numpy())
    total = np.zeros(len(z))
    for seed in range(3):
        boosting = HistGradientBoostingRegressor(
            learning_rate=0.03, max_iter=400, max_leaf_nodes=10, l2_regularization=3, max_features=0.4,
            categorical_features="from_dtype", random_state=seed,
        )  # fmt: skip
        total += boosting.fit(x, y).predict(z) / 3
    trees = make_pipeline(
        encoder(x.astype(dict.fromkeys(x.select_dtypes("category"), object))),
        ExtraTreesRegressor(300, min_samples_leaf=2, random_state=0),
    )
    wordy = dict.fromkeys(x.select_dtypes("category"), object)
    return np.asarray(np.exp(0.75 * total + 0.25 * trees.fit(x.astype(wordy), y).predict(z.astype(wordy))) * 1.01)


STRONG_FAMILIES: Final[dict[str, Callable[[Data], np.ndarray]]] = {
    "remarks": remarks,
    "readings": readings,
    "scans": scans,
    "tiles": tiles,
    "patchwork": patchwork,
}
