"""The strong references: one function a bundled task, with what a good practitioner finds out in a few hours.

None looks at the truth of the test rows, nor at how a task is generated beyond what its files show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, SVR

from tui_aide.bench.teams.columns import encoder, with_clock
from tui_aide.bench.teams.images import contrast
from tui_aide.bench.teams.rows import Known
from tui_aide.bench.teams.strong_families import STRONG_FAMILIES

FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def digits(data: Known) -> np.ndarray:
    """Two support-vector machines on evened images and moved copies; a temperature from out-of-fold scores."""
    x, z, y = contrast(data.x), contrast(data.z), data.y.to_numpy()

    def scores(train: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        images, targets = _moved(train, labels)
        total = np.zeros((len(rows), 10))
        for gamma in (0.02, 0.04):
            total += SVC(C=10, gamma=gamma).fit(images, targets).decision_function(rows)
        return total / 2

    out_of_fold = np.zeros((len(x), 10))
    for train, held in FOLDS.split(x, y):
        out_of_fold[held] = scores(x[train], y[train], x[held])
    heat = min(np.arange(0.5, 6, 0.25), key=lambda heat: log_loss(y, _softmax(heat * out_of_fold)))
    return _softmax(heat * scores(x, y, z))


def friedman(data: Known) -> np.ndarray:
    """Support-vector regression and boosting of the logarithm, on the columns that permutation leaves important."""
    model = HistGradientBoostingRegressor(random_state=0)
    target = np.log1p(data.y.to_numpy())
    numbers = [column for column in data.x.columns if column != "kiln"]
    gain = {}
    rng = np.random.default_rng(0)
    half = len(data.x) // 2
    fitted = model.fit(data.x[numbers][:half], target[:half])
    rest = data.x[numbers][half:]
    for column in numbers:
        shuffled = rest.assign(**{column: rng.permutation(rest[column].to_numpy())})
        gain[column] = fitted.score(rest, target[half:]) - fitted.score(shuffled, target[half:])
    chosen = ["kiln", *sorted(gain, key=lambda column: -gain[column])[:5]]
    blend = np.zeros(len(data.z))
    for weight, regressor in (
        (0.8, SVR(C=4, gamma=0.12, epsilon=0.05)),
        (0.2, HistGradientBoostingRegressor(learning_rate=0.05, max_iter=300, max_leaf_nodes=8, random_state=0)),
    ):
        pipeline = make_pipeline(encoder(data.x[chosen]), regressor).fit(data.x[chosen], target)
        blend += weight * pipeline.predict(data.z[chosen])
    return np.asarray(np.expm1(blend))


def rare_events(data: Known) -> np.ndarray:
    """Logistic regression on ratios, night, abroad and new accounts, and boosting of the same columns."""

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        frame = with_clock(frame, "created_at")
        night = (frame["hour"] < 5) | (frame["hour"] >= 23)
        return frame.assign(
            ratio=np.log(frame["amount"] / frame["typical_amount"]),
            log_amount=np.log(frame["amount"]),
            abroad=(frame["buyer_country"] != frame["card_country"]).astype(int),
            night=night.astype(int),
            night_not_app=(night & (frame["channel"] != "app")).astype(int),
            new=(frame["account_age_days"] < 30).astype(int),
            orders=frame["earlier_orders"].clip(upper=6),
        )

    x, z = features(data.x), features(data.z)
    linear = LogisticRegression(C=0.5, max_iter=2000)
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.04, max_iter=150, max_leaf_nodes=8, l2_regularization=5, random_state=0
    )
    return _blend(x, data.y, z, ((0.75, linear), (0.25, boosting)))


def tumours(data: Known) -> np.ndarray:
    """Values without codes and slips, on one scale, as logarithms; then a linear, a kernel and two tree models."""
    both = _one_scale(pd.concat([data.x, data.z], ignore_index=True))
    x, z = both.iloc[: len(data.x)], both.iloc[len(data.x) :]
    models = (
        (0.25, LogisticRegression(C=0.1, max_iter=2000)),
        (0.25, CalibratedClassifierCV(SVC(C=1, gamma=0.03), ensemble=False)),
        (0.25, ExtraTreesClassifier(400, min_samples_leaf=3, random_state=0)),
        (0.25, HistGradientBoostingClassifier(learning_rate=0.04, max_iter=150, max_leaf_nodes=8, random_state=0)),
    )
    return _blend(x, data.y, z, models)


def small_data(data: Known) -> np.ndarray:
    """Gaussian process, kernel regression and extra trees on the root or logarithm, with the cure's logarithm."""

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        useless = ["room_temperature", "batch_age_days", "technician", "pressure_mpa"]
        hours = np.log(frame["cure_hours"])
        # A reaction doubles its speed about every 15 degrees: time and temperature act as one.
        dose = hours + 0.045 * frame["cure_temperature"]
        numbers = frame.drop(columns=[*useless, "cure_hours"]).assign(log_hours=hours, dose=dose)
        for glue in ("epoxy", "acrylate", "polyurethane"):
            numbers[f"layer_{glue}"] = frame["layer_mm"].where(frame["adhesive"] == glue, 0.3)
        return numbers

    x, z = features(data.x), features(data.z)
    kernel = ConstantKernel(1.0, (1e-2, 1e5)) * RBF(np.full(_width(x), 3.0), (0.3, 1e6)) + WhiteKernel(0.05)
    total = np.zeros(len(z))
    root = {"func": np.sqrt, "inverse_func": np.square}
    logarithm = {"func": np.log, "inverse_func": np.exp}
    models: tuple[tuple[float, Any, dict[str, Any]], ...] = (
        (0.5, GaussianProcessRegressor(kernel, normalize_y=True, random_state=0), root),
        (0.25, SVR(C=10, gamma=0.03, epsilon=0.02), logarithm),
        (0.25, ExtraTreesRegressor(400, random_state=0), root),
    )
    for weight, model, change in models:
        pipeline = make_pipeline(encoder(x), TransformedTargetRegressor(model, **change))
        total += weight * pipeline.fit(x, data.y).predict(z)
    return total


def leaky(data: Known) -> np.ndarray:
    """Without the column that drifts and without the date; ratios, logarithms and products; linear and boosting."""

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        trend = np.log(frame["hours_last_month"] + 0.1) - np.log(frame["hours_this_month"] + 0.1)
        young = frame["tenure_months"] < 24
        return frame.drop(columns=["care_minutes", "snapshot"]).assign(
            trend=trend,
            log_hours=np.log(frame["hours_this_month"] + 0.1),
            log_tenure=np.log(frame["tenure_months"]),
            young_complaints=frame["complaints"].fillna(0) * young,
            rise_not_studio=((frame["price_rise"] == "yes") & (frame["plan"] != "studio")).astype(int),
            failed_not_invoice=frame["failed_payments"] * (frame["paid_by"] != "invoice"),
        )

    boosting = HistGradientBoostingClassifier(learning_rate=0.04, max_iter=150, max_leaf_nodes=8, random_state=0)
    models = ((0.6, LogisticRegression(C=0.3, max_iter=2000)), (0.4, boosting))
    return _blend(features(data.x), data.y, features(data.z), models)


def ordinal(data: Known) -> np.ndarray:
    """Boosting of the grade as a number, on ordered words and the remark's phrases; cuts from out-of-fold values."""
    order = {
        "paint": ["dented", "rust spots", "deep scratches", "light scratches", "flawless"],
        "chain": ["missing", "badly worn", "worn", "hardly worn", "new"],
        "brakes": ["no bite", "soft", "a little soft", "firm"],
    }

    def features(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(remark=frame["remark"].fillna("nothing"))
        for column, words in order.items():
            frame[column] = frame[column].map({word: rank for rank, word in enumerate(words)}).astype(float)
        return frame

    x, z = features(data.x), features(data.z)
    others = [column for column in x.columns if column != "remark"]
    vocabulary = CountVectorizer(binary=True, ngram_range=(1, 2))
    columns = make_column_transformer((encoder(x[others]), others), (vocabulary, "remark"), sparse_threshold=0)
    boosting = HistGradientBoostingRegressor(learning_rate=0.04, max_iter=350, max_leaf_nodes=10, random_state=0)
    pipeline = make_pipeline(columns, boosting)
    y = data.y.to_numpy()
    out_of_fold = cross_val_predict(pipeline, x, y, cv=KFold(5, shuffle=True, random_state=0))
    shares = np.cumsum(np.bincount(y, minlength=7)[1:]) / len(y)
    cuts = np.quantile(out_of_fold, shares[:-1])
    return np.asarray(1 + np.searchsorted(cuts, pipeline.fit(x, y).predict(z)))


def docstrings(data: Known) -> np.ndarray:
    """Character and word models by logistic regression and naive Bayes, averaged."""
    models: tuple[tuple[float, Any, Any], ...] = (
        (
            0.5,
            TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5)),
            LogisticRegression(C=30, max_iter=2000),
        ),
        (0.2, TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=20, max_iter=2000)),
        (0.2, TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)), MultinomialNB(alpha=0.03)),
        (0.1, CountVectorizer(binary=True), ComplementNB(alpha=0.3)),
    )
    total = np.zeros((len(data.z), data.y.nunique()))
    for weight, vectors, model in models:
        pipeline = make_pipeline(vectors, model).fit(data.x["words"], data.y)
        total += weight * pipeline.predict_proba(data.z["words"])
    return total


STRONG: Final[dict[str, Callable[[Known], np.ndarray]]] = {
    "digits": digits,
    "friedman": friedman,
    "rare-events": rare_events,
    "tumours": tumours,
    "small-data": small_data,
    "leaky": leaky,
    "ordinal": ordinal,
    "docstrings": docstrings,
    **STRONG_FAMILIES,
}


def _blend(x: pd.DataFrame, y: pd.Series, z: pd.DataFrame, models: tuple[tuple[float, Any], ...]) -> np.ndarray:
    """Return the weighted mean of the models' probabilities of the last class."""
    total = np.zeros(len(z))
    for weight, model in models:
        total += weight * make_pipeline(encoder(x), model).fit(x, y).predict_proba(z)[:, 1]
    return total


def _width(frame: pd.DataFrame) -> int:
    return int(encoder(frame).fit_transform(frame).shape[1])


def _moved(rows: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and eight copies of them, moved by a pixel in each direction."""
    images = np.pad(rows.reshape(-1, 10, 10), ((0, 0), (1, 1), (1, 1)), mode="edge")
    moves = [(down, right) for down in (0, 1, 2) for right in (0, 1, 2)]
    copies = [images[:, down : down + 10, right : right + 10].reshape(-1, 100) for down, right in moves]
    return np.concatenate(copies), np.tile(labels, len(moves))


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return result


def _one_scale(frame: pd.DataFrame) -> pd.DataFrame:
    """Return logarithms of the measures, with codes removed and factors of 10, 100 and 1000 taken out."""
    measures = [column for column in frame.select_dtypes("number").columns if column != "age"]
    logs = frame[measures].mask(frame[measures] == 999).astype(float).transform(np.log)
    # Two clinics agree on the units: their median is the middle of each column's true scale.
    agreed = frame["clinic"].str.strip().str.lower() == "st. vera"
    factors = {"nucleus_radius": 10, "radius_spread": 10, "nucleus_area": 100, "compactness": 100, "indentations": 100}
    for column in measures:
        middle = logs.loc[agreed, column].median()
        for factor in (1000, factors.get(column)):
            if factor:
                logs[column] = logs[column].where(
                    logs[column] - middle < 0.55 * np.log(factor), logs[column] - np.log(factor)
                )
    age = pd.to_numeric(frame["age"].astype("string").str.extract(r"(\d+)")[0]).astype(float)
    return logs.assign(age=age, found_by=frame["found_by"], stain=frame["stain"])
