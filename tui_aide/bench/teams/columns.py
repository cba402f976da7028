"""How teams prepare a table's columns: encoders that are fitted, and frames with more or fewer columns.

Nothing here sees a target, so train and test rows may be looked at together, as in a competition.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, QuantileTransformer, StandardScaler

Frames = tuple[pd.DataFrame, pd.DataFrame]
"""Training rows and rows to predict."""

TEXT_LETTERS = 25
"""A column of words is a text where its values are longer than this on average, and mostly different."""

DRIFT = 0.2
"""A column drifts where this share of its test rows would have to move (the Kolmogorov-Smirnov distance)."""


def encoder(frame: pd.DataFrame) -> Any:
    """Return a transformer: medians and scaling for numbers, one-hot columns (40 at most) for the rest."""
    numbers = list(frame.select_dtypes("number").columns)
    words = [column for column in frame.columns if column not in numbers]
    return make_column_transformer((_scaling(), numbers), (_one_hot(), words))


def scaled(frame: pd.DataFrame) -> Any:
    """Return the same transformer, but with the words of texts counted."""
    return _transformer(frame, _scaling(), _one_hot())


def ranks(frame: pd.DataFrame) -> Any:
    """Return a transformer: normal scores for numbers, one-hot columns for the rest."""
    quantiles = QuantileTransformer(n_quantiles=max(2, min(200, len(frame) // 2)), output_distribution="normal")
    return _transformer(frame, make_pipeline(SimpleImputer(strategy="median"), quantiles), _one_hot())


def codes(frame: pd.DataFrame) -> Any:
    """Return a transformer for trees: numbers as they are, gaps included, and a number for each word."""
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    )
    return _transformer(frame, "passthrough", words)


def _scaling() -> Any:
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler())


def _one_hot() -> Any:
    return make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=40, sparse_output=False),
    )


def _transformer(frame: pd.DataFrame, numbers: Any, words: Any) -> Any:
    """Return a transformer by kinds of column; the words of texts that `tidy` has filled are counted."""
    numeric = list(frame.select_dtypes("number").columns)
    filled = [column for column in text_columns(frame) if not frame[column].isna().any()]
    rest = [column for column in frame.columns if column not in numeric and column not in filled]
    counts = [(CountVectorizer(binary=True, min_df=5, max_features=300), column) for column in filled]
    parts = [*([(numbers, numeric)] if numeric else []), *([(words, rest)] if rest else []), *counts]
    return make_column_transformer(*parts, sparse_threshold=0)


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold texts rather than categories or times."""
    found = []
    for column in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[column]):
            continue
        present = frame[column].dropna().astype(str)
        long = len(present) and present.str.len().mean() > TEXT_LETTERS
        if long and present.nunique() > 0.3 * len(present):
            found.append(str(column))
    return found


def time_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns whose values are dates, with or without a time, as ISO 8601 has them."""
    words = [column for column in frame.columns if not pd.api.types.is_numeric_dtype(frame[column])]
    return [c for c in words if frame[c].dropna().astype(str).str.match(r"\d{4}-\d\d-\d\d").all()]


def with_clock(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the frame with hour and weekday in place of the time stamp in `column`."""
    moment = pd.to_datetime(frame[column])
    return frame.drop(columns=column).assign(hour=moment.dt.hour, weekday=moment.dt.day_of_week)


def as_they_are(x: pd.DataFrame, z: pd.DataFrame) -> Frames:
    """Return the columns as the files have them."""
    return x, z


def tidy(x: pd.DataFrame, z: pd.DataFrame) -> Frames:
    """Return the columns as a careful person makes them.

    One spelling a category, numbers out of words, hours and weekdays, no values beyond the 0.5th and 99.5th percentile,
    logarithms of skewed numbers with the ratios between them, and which pairs of categories are the same.
    """
    both = pd.concat([x, z], ignore_index=True)
    for column in time_columns(both):
        both = with_clock(both, column)
    texts = text_columns(both)
    words = [c for c in both.columns if not pd.api.types.is_numeric_dtype(both[c]) and c not in texts]
    for column in words:
        both[column] = _one_spelling(both[column])
    both = both.assign(**{column: both[column].fillna("nothing") for column in texts})
    numbers = list(both.select_dtypes("number").columns)
    both[numbers] = (
        both[numbers].astype(float).clip(both[numbers].quantile(0.005), both[numbers].quantile(0.995), axis=1)
    )
    both = both.assign(**_ratios(both[numbers]), **_matches(both[[c for c in words if c not in numbers]]))
    return both.iloc[: len(x)].set_axis(x.index), both.iloc[len(x) :].set_axis(z.index)


def steady(x: pd.DataFrame, z: pd.DataFrame) -> Frames:
    """Return `tidy` columns without those whose values lie elsewhere in the rows to predict."""
    from scipy.stats import ks_2samp

    x, z = tidy(x.drop(columns=_dates(x)), z.drop(columns=_dates(x)))
    drifting = [
        column
        for column in x.select_dtypes("number").columns
        if ks_2samp(x[column].dropna(), z[column].dropna()).statistic > DRIFT
    ]
    return x.drop(columns=drifting), z.drop(columns=drifting)


def _dates(frame: pd.DataFrame) -> list[str]:
    return [c for c in time_columns(frame) if not frame[c].dropna().astype(str).str.contains(":").any()]


def _one_spelling(column: pd.Series) -> pd.Series:
    """Return words in one spelling, or numbers where nearly all words have one in them."""
    found = pd.to_numeric(column.astype("string").str.extract(r"^\D{0,2}(\d+(?:\.\d+)?)")[0], errors="coerce")
    if found.notna().sum() > 0.9 * column.notna().sum():
        return found.astype(float)
    return column.str.strip().str.lower()


def _ratios(numbers: pd.DataFrame) -> dict[str, pd.Series]:
    """Return logarithms of the positive columns that span a factor of 20, and their differences where they are few."""
    spread = numbers.quantile(0.99) / numbers.quantile(0.01)
    chosen = [c for c in numbers.columns if (numbers[c].dropna() > 0).all() and spread[c] > 20]
    logs = {f"log {column}": np.log(numbers[column]) for column in chosen}
    pairs = combinations(chosen, 2) if len(chosen) <= 6 else ()
    return logs | {f"{a} / {b}": logs[f"log {a}"] - logs[f"log {b}"] for a, b in pairs}


def _matches(words: pd.DataFrame) -> dict[str, pd.Series]:
    """Return for each two columns with mostly the same categories whether a row has the same one in both."""
    levels = {column: set(words[column].dropna().unique()) for column in words.columns}
    pairs = [
        (a, b) for a, b in combinations(levels, 2) if len(levels[a] & levels[b]) > 0.7 * len(levels[a] | levels[b])
    ]
    return {f"{a} is {b}": (words[a] == words[b]).astype(float) for a, b in pairs if len(levels[a]) > 2}


FRAMES: Final[dict[str, Callable[[pd.DataFrame, pd.DataFrame], Frames]]] = {
    "raw": as_they_are,
    "tidy": tidy,
    "steady": steady,
}
ENCODERS: Final[dict[str, Callable[[pd.DataFrame], Any]]] = {"scaled": scaled, "ranked": ranks, "coded": codes}
