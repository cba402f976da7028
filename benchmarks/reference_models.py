"""The dummy, simple and sensible references: the strong ones are among the bench's teams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tui_aide.bench.teams.columns import encoder, with_clock
from tui_aide.bench.teams.pictures import contrasts, pictures
from tui_aide.bench.teams.spoken import looked_up, spoken
from tui_aide.bench.teams.windows import PixelModel
from tui_aide.tasks.bundled import BUNDLED, BundledTask, generate


@dataclass(frozen=True)
class Data:
    """A bundled task's rows: `x`, `y` to train on, `z` to predict; `truth` is for scoring only.

    `y` and `truth` are series, or frames of several targets; `files` lie beside the tables.
    """

    task: BundledTask
    x: pd.DataFrame
    y: Any
    z: pd.DataFrame
    truth: Any
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def regression(self) -> bool:
        """Whether the target is a quantity."""
        return self.task.metric in ("rmsle", "mae", "rmse", "mcrmse")

    def predict(self, model: Any) -> np.ndarray:
        """Return a fitted model's predictions for `z`, as the metric wants them."""
        return as_submitted(self.task, model, self.z)


def as_submitted(task: BundledTask, model: Any, rows: Any) -> np.ndarray:
    """Return values or labels (n,), the probability of the last class (n,), or of all classes (n, k)."""
    if task.metric == "rmsle":
        return np.asarray(np.maximum(model.predict(rows), 0.0))
    if task.metric in ("mae", "rmse", "mcrmse", "quadratic_kappa", "accuracy"):
        return np.asarray(model.predict(rows))
    chances = model.predict_proba(rows)
    if len(task.targets) > 1:
        return np.column_stack([own[:, 1] for own in chances])
    chances = np.asarray(chances)
    return chances[:, 1] if chances.shape[1] == 2 else chances


def load(name: str, share: float = 1.0) -> Data:
    """Return a bundled task's rows, with the first `share` of the training rows only."""
    task, tables = BUNDLED[name], generate(name)
    train = tables.train.iloc[: round(share * len(tables.train))]
    targets = list(task.targets)
    wanted: Any = targets if len(targets) > 1 else targets[0]
    return Data(
        task,
        train.drop(columns=[task.id, *targets]),
        train[wanted],
        tables.test.drop(columns=task.id),
        tables.hidden[wanted],
        tables.files,
    )


def dummy(data: Data) -> np.ndarray:
    """Return the constant that suits the metric: a mean, a median or the class shares of the training rows."""
    rows, metric = len(data.z), data.task.metric
    if metric == "log_loss":
        shares = data.y.value_counts(normalize=True).sort_index().to_numpy(dtype=float)
        return np.tile(shares, (rows, 1))
    if metric in ("roc_auc_columns", "mcrmse"):
        return np.tile(data.y.mean().to_numpy(), (rows, 1))
    if metric == "accuracy":
        return np.full(rows, data.y.mode().iloc[0], dtype=object)
    constant: float
    if metric == "rmse":
        constant = float(data.y.mean())
    elif metric == "rmsle":
        constant = float(np.expm1(np.log1p(data.y).mean()))
    elif metric == "mae":
        constant = float(data.y.median())
    elif metric == "quadratic_kappa":
        constant = float(data.y.mode().iloc[0])
    else:
        constant = float((data.y == max(data.y.unique())).mean())
    return np.full(rows, constant)


def simple(data: Data) -> np.ndarray:
    """Return a linear model's predictions; on texts, that of the 200 commonest words."""
    if data.task.name == "docstrings":
        words = make_pipeline(CountVectorizer(max_features=200), LogisticRegression(max_iter=1000))
        return np.asarray(words.fit(data.x["words"], data.y).predict_proba(data.z["words"]))
    if data.task.name == "readings":
        return looked_up(data.x, data.y, data.z, lambda text: text)
    if data.task.name == "remarks":
        vectors = CountVectorizer(max_features=200)
        labels = make_pipeline(vectors, MultiOutputClassifier(LogisticRegression(max_iter=1000)))
        return as_submitted(data.task, labels.fit(data.x["remark"], data.y), data.z["remark"])
    if data.task.name == "tiles":
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
        pixels, others = (pictures(data.files, rows).reshape(len(rows), -1) for rows in (data.x, data.z))
        return np.asarray(linear.fit(pixels, data.y).predict_proba(others))
    model: Any = LogisticRegression(max_iter=2000)
    if data.regression:
        model = Ridge()
    if data.task.metric == "rmsle":
        model = TransformedTargetRegressor(model, func=np.log1p, inverse_func=np.expm1)
    return data.predict(make_pipeline(encoder(data.x), model).fit(data.x, data.y))


def sensible(data: Data, *, without_leak: bool = True) -> np.ndarray:
    """Return what a competent first pipeline predicts: default settings, no tuning, little knowledge of the task.

    Histogram boosting on imputed and one-hot encoded columns, with these exceptions: a forest where rows are few,
    TF-IDF of words and pairs for texts, words of a remark, hour and weekday of a time stamp, and no column whose values
    lie elsewhere in test.csv.
    """
    name, x, z = data.task.name, data.x, data.z
    if name == "docstrings":
        words = make_pipeline(
            TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)
        )
        return np.asarray(words.fit(x["words"], data.y).predict_proba(z["words"]))
    if name == "readings":
        return looked_up(data.x, data.y, data.z, lambda text: spoken(text, ("numbers",)))
    if name == "remarks":
        vectors = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
        labels = make_pipeline(vectors, MultiOutputClassifier(LogisticRegression(C=10, max_iter=1000)))
        return as_submitted(data.task, labels.fit(x["remark"], data.y), z["remark"])
    if name == "scans":
        boosting = HistGradientBoostingRegressor(random_state=0)
        return PixelModel(boosting, reach=1).fit(x, data.y).predict(z)
    if name == "tiles":
        forest = RandomForestClassifier(400, random_state=0)
        seen, new = (contrasts(pictures(data.files, rows)) for rows in (x, z))
        return np.asarray(forest.fit(seen, data.y).predict_proba(new))
    if name == "rare-events":
        x, z = (with_clock(frame, "created_at") for frame in (x, z))
    if name == "leaky" and without_leak:
        x, z = (frame.drop(columns=["care_minutes", "snapshot"]) for frame in (x, z))
    columns = encoder(x)
    if name == "patchwork":
        x, z = (typed(frame) for frame in (x, z))
        boosting = HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=0)
        return as_submitted(data.task, boosting.fit(x, data.y), z)
    if name == "ordinal":
        x, z = (frame.assign(remark=frame["remark"].fillna("nothing")) for frame in (x, z))
        others = [column for column in x.columns if column != "remark"]
        words = CountVectorizer(min_df=5, binary=True)
        columns = make_column_transformer((encoder(x[others]), others), (words, "remark"), sparse_threshold=0)
    model: Any = HistGradientBoostingClassifier(random_state=0)
    if data.regression:
        model = HistGradientBoostingRegressor(random_state=0)
    if name == "small-data":
        model = RandomForestRegressor(300, random_state=0)
    return as_submitted(data.task, make_pipeline(columns, model).fit(x, data.y), z)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its words as categories and days as numbers, for models that take gaps as they are."""
    made = frame.assign(visited=pd.to_datetime(frame["visited"]).dt.dayofyear)
    words = [column for column in made.columns if not pd.api.types.is_numeric_dtype(made[column])]
    return made.astype(dict.fromkeys(words, "category"))
