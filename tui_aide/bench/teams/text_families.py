"""The families of pipelines for several labels of a text, and for tokens that are read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

from tui_aide.bench.teams.models import after, calibrated, logistic, seeded, weak
from tui_aide.bench.teams.pipeline import Made, Pipeline
from tui_aide.bench.teams.spoken import TokenReader

_LEARNED: tuple[str, ...] = (
    "",
    "digits",
    "digits ranks",
    "digits times",
    "digits dates",
    "digits telephone",
    "numbers",
    "numbers ranks",
    "numbers years",
    "numbers years units",
    "numbers dates times",
    "numbers years units money",
    "numbers years dates units money",
    "numbers years dates units money telephone",
    "numbers years dates units times ranks telephone",
    "numbers years dates money times ranks telephone",
)
"""The kinds of token that teams write rules for, from none to most."""


def label_models(text: str, others: Sequence[str]) -> list[Pipeline]:
    """Return models of several labels of 0 and 1, each from a text, some with the table's other columns.

    Args:
        text: the column of the text.
        others: the others, which are few and have few values.
    """
    few = partial(CountVectorizer, max_features=200)
    counts, words = partial(CountVectorizer, binary=True), partial(TfidfVectorizer, sublinear_tf=True)
    pairs = partial(TfidfVectorizer, sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    letters = partial(TfidfVectorizer, sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4), min_df=3)
    meanings = partial(TruncatedSVD, 60, random_state=0)
    forest = seeded(RandomForestClassifier, n_estimators=100, min_samples_leaf=2)
    extra = seeded(ExtraTreesClassifier, n_estimators=100, min_samples_leaf=2)

    def one(name: str, vectors: Made, model: Made, **options: Any) -> Pipeline:
        return Pipeline(name, model, transform=vectors, column=text, **options)

    def with_others(name: str, vectors: Made, model: Made) -> Pipeline:
        categories = partial(OneHotEncoder, handle_unknown="ignore")
        return Pipeline(
            f"{name}, all columns",
            model,
            transform=lambda: make_column_transformer((vectors(), text), (categories(), list(others))),
        )

    return [
        weak("table without the text", _each(logistic(1.0)), transform=partial(_table, others)),
        one("logistic regression, 200 words", few, _each(logistic(1.0)), blendable=False),
        one("naive Bayes, 200 words", few, _each(BernoulliNB), blendable=False),
        one("logistic regression, words", words, _each(logistic(1.0))),
        one("logistic regression, words, weak penalty", words, _each(logistic(20.0))),
        with_others("logistic regression, words", words, _each(logistic(5.0))),
        one("logistic regression, pairs", pairs, _each(logistic(5.0))),
        with_others("logistic regression, pairs", pairs, _each(logistic(5.0))),
        one("logistic regression, letters", letters, _each(logistic(3.0))),
        one("logistic regression, letters, weak penalty", letters, _each(logistic(20.0))),
        with_others("logistic regression, letters", letters, _each(logistic(3.0))),
        one("logistic regression, words, strong penalty", words, _each(logistic(0.3))),
        with_others("logistic regression, 200 words", few, _each(logistic(0.3))),
        one("support vectors, pairs", pairs, _each(calibrated(SVC, kernel="linear", C=0.5))),
        one("chain of logistic regressions, pairs", pairs, lambda: ClassifierChain(logistic(5.0)())),
        one("naive Bayes, words", counts, _each(partial(BernoulliNB, alpha=0.3))),
        one("multinomial naive Bayes, pairs", pairs, _each(partial(MultinomialNB, alpha=0.3))),
        one("30 neighbours, words", words, partial(KNeighborsClassifier, 30, weights="distance")),
        one("forest, words", partial(CountVectorizer, min_df=3), forest),
        one("extra trees, words", partial(words, min_df=3), extra),
        with_others("extra trees, words", partial(words, min_df=3), extra),
        one("discriminant analysis, meanings", words, after(meanings, _each(LinearDiscriminantAnalysis))),
    ]


def token_readers() -> list[Pipeline]:
    """Return readers that look up what they have seen and have rules for some kinds of token, no two for the same."""
    return [
        Pipeline(
            f"rules for {kinds or 'nothing'}{', with neighbours' if neighbours else ''}",
            partial(TokenReader, tuple(kinds.split()), neighbours=neighbours),
        )
        for kinds, neighbours in product(_LEARNED, (False, True))
    ]


def _each(model: Made) -> Made:
    return lambda: MultiOutputClassifier(model())


def _table(columns: Sequence[str]) -> Any:
    return make_column_transformer((OneHotEncoder(handle_unknown="ignore"), list(columns)))
