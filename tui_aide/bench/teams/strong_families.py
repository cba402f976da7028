"""The strong references of the tasks with several targets, texts, pictures or gaps; as those in `strong`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from tui_aide.bench.teams.columns import encoder
from tui_aide.bench.teams.phrases import clauses, corrected
from tui_aide.bench.teams.pictures import figures, flattened, pictures, projections
from tui_aide.bench.teams.rows import Known
from tui_aide.bench.teams.spoken import looked_up, spoken
from tui_aide.bench.teams.windows import PixelModel


def remarks(data: Known) -> np.ndarray:
    """Slips of typing put right, then clauses, words in threes, pieces of words and the stars; one model a label."""
    corpus = [*data.x["remark"], *data.z["remark"]]
    x, z = (frame.assign(remark=corrected(frame["remark"], corpus)) for frame in (data.x, data.z))
    labels = make_pipeline(
        make_column_transformer(
            (CountVectorizer(analyzer=clauses, binary=True, min_df=2), "remark"),
            (TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 3), min_df=2, token_pattern=r"\S+"), "remark"),
            (TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5), min_df=2), "remark"),
            (OneHotEncoder(handle_unknown="ignore"), ["stars"]),
        ),
        MultiOutputClassifier(LogisticRegression(C=1, max_iter=1000)),
    )
    return np.column_stack([own[:, 1] for own in labels.fit(x, data.y).predict_proba(z)])


def readings(data: Known) -> np.ndarray:
    """Rules for each kind of token, and the neighbours' words where an abbreviation may stand for two."""
    return looked_up(data.x, data.y, data.z, spoken, neighbours=True)


def scans(data: Known) -> np.ndarray:
    """Boosting of each pixel from a wide window around it."""
    boosting = HistGradientBoostingRegressor(learning_rate=0.1, max_iter=250, max_leaf_nodes=63, random_state=0)
    return PixelModel(boosting, reach=3).fit(data.x, data.y).predict(data.z)


def tiles(data: Known) -> np.ndarray:
    """Three models of what glaze and light do not explain: its figures, and its sums along lines, which faults make."""

    def inputs(rows: pd.DataFrame) -> np.ndarray:
        flat = flattened(pictures(data.files, rows))
        return np.hstack([figures(flat), projections(flat)])

    x, z = inputs(data.x), inputs(data.z)
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=120, max_leaf_nodes=8, l2_regularization=5, random_state=0
    )
    kernel = CalibratedClassifierCV(SVC(C=3, gamma=0.005), ensemble=False)
    total = np.zeros((len(z), data.y.nunique()))
    for weight, model in ((0.6, LogisticRegression(C=0.3, max_iter=1000)), (0.2, boosting), (0.2, kernel)):
        total += weight * make_pipeline(StandardScaler(), model).fit(x, data.y).predict_proba(z)
    return total


def patchwork(data: Known) -> np.ndarray:
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


STRONG_FAMILIES: Final[dict[str, Callable[[Known], np.ndarray]]] = {
    "remarks": remarks,
    "readings": readings,
    "scans": scans,
    "tiles": tiles,
    "patchwork": patchwork,
}
