"""The families of pipelines that teams come from, by what a task's rows are."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tui_aide.bench.teams.columns import text_columns
from tui_aide.bench.teams.images import blurred, centred, contrast, is_image, pixels
from tui_aide.bench.teams.pipeline import Made, Pipeline
from tui_aide.bench.teams.rows import TeamRows

SLOW = {"learning_rate": 0.05, "max_iter": 150, "max_leaf_nodes": 8, "l2_regularization": 3}
KERNEL_ROWS = 1500


def pipelines(rows: TeamRows) -> list[Pipeline]:
    """Return the pipelines that suit a task: of values, of classes, of ordered classes, of images or of texts."""
    if rows.values:
        return regressors(logarithms=bool((rows.y >= 0).all()))
    if is_image(rows.x):
        return image_classifiers()
    texts = text_columns(rows.x)
    if texts and rows.x.shape[1] <= 2:
        return text_classifiers(texts[0])
    if rows.graded:
        return grade_models()
    return classifiers()


def constant(rows: TeamRows) -> Pipeline:
    """Return the team that predicts the same for each row."""
    model: Made = partial(DummyRegressor, strategy="median") if rows.values else partial(DummyClassifier)
    return Pipeline("constant", model, columns="coded", blendable=False)


def classifiers() -> list[Pipeline]:
    """Return models of classes on a table's columns."""
    boosting, forest = _seeded(HistGradientBoostingClassifier), _seeded(RandomForestClassifier, n_estimators=120)
    extra = _seeded(ExtraTreesClassifier, n_estimators=120, min_samples_leaf=3)
    kernel = _calibrated(SVC, C=1)
    return [
        _weak("logistic regression", _logistic(1.0), columns="scaled"),
        Pipeline("logistic regression, strong penalty", _logistic(0.03), columns="ranked"),
        Pipeline("logistic regression", _logistic(0.3), frames="tidy", columns="scaled"),
        Pipeline("logistic regression", _logistic(0.3), frames="steady", columns="scaled"),
        _weak("naive Bayes", GaussianNB, columns="scaled"),
        _weak("naive Bayes", GaussianNB, frames="steady", columns="ranked"),
        _weak("5 neighbours", partial(KNeighborsClassifier, 5), columns="scaled"),
        Pipeline("40 neighbours", partial(KNeighborsClassifier, 40), frames="tidy", columns="ranked"),
        _weak("small tree", _seeded(DecisionTreeClassifier, max_depth=4), columns="coded"),
        _weak("large tree", _seeded(DecisionTreeClassifier), columns="coded"),
        Pipeline("forest", forest, columns="coded"),
        Pipeline("forest", forest, frames="steady", columns="coded"),
        Pipeline("extra trees", extra, columns="coded"),
        Pipeline("extra trees", extra, frames="steady", columns="coded"),
        Pipeline("boosting", boosting, columns="coded"),
        Pipeline("slow boosting", _seeded(HistGradientBoostingClassifier, **SLOW), columns="coded"),
        Pipeline("slow boosting", _seeded(HistGradientBoostingClassifier, **SLOW), frames="steady", columns="coded"),
        Pipeline("support vectors", kernel, columns="scaled", most_rows=KERNEL_ROWS),
        Pipeline("support vectors", kernel, frames="steady", columns="ranked", most_rows=KERNEL_ROWS),
        _weak("neural network", _network(MLPClassifier, 32), columns="scaled"),
        Pipeline("neural network", _network(MLPClassifier, 32, alpha=1.0), frames="steady", columns="scaled"),
        Pipeline("discriminant analysis", LinearDiscriminantAnalysis, frames="tidy", columns="scaled"),
    ]


def regressors(*, logarithms: bool) -> list[Pipeline]:
    """Return models of values on a table's columns; some of their logarithm, where that can be taken."""
    forest = _seeded(RandomForestRegressor, n_estimators=100)
    extra = _seeded(ExtraTreesRegressor, n_estimators=100)
    slow = _seeded(HistGradientBoostingRegressor, **SLOW)
    mark = ", logarithm" if logarithms else ", again"
    return [
        _weak("ridge", Ridge, columns="scaled"),
        _weak("ridge" + mark, Ridge, columns="scaled", logarithm=logarithms),
        Pipeline("ridge" + mark, Ridge, frames="steady", columns="scaled", logarithm=logarithms),
        Pipeline("Bayesian ridge" + mark, BayesianRidge, frames="tidy", columns="ranked", logarithm=logarithms),
        _weak("5 neighbours", partial(KNeighborsRegressor, 5), columns="scaled"),
        Pipeline("15 neighbours" + mark, partial(KNeighborsRegressor, 15), columns="ranked", logarithm=logarithms),
        _weak("small tree", _seeded(DecisionTreeRegressor, max_depth=5), columns="coded"),
        _weak("large tree", _seeded(DecisionTreeRegressor), columns="coded"),
        Pipeline("forest", forest, columns="coded"),
        Pipeline("forest" + mark, forest, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("extra trees", extra, columns="coded"),
        Pipeline("extra trees" + mark, extra, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("boosting", _seeded(HistGradientBoostingRegressor), columns="coded"),
        Pipeline("boosting" + mark, _seeded(HistGradientBoostingRegressor), columns="coded", logarithm=logarithms),
        Pipeline("slow boosting", slow, columns="coded"),
        Pipeline("slow boosting" + mark, slow, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("support vectors", partial(SVR, C=10), columns="scaled", most_rows=KERNEL_ROWS),
        Pipeline("support vectors" + mark, partial(SVR, C=3, epsilon=0.05), frames="tidy", columns="scaled",
                 most_rows=KERNEL_ROWS, logarithm=logarithms),
        Pipeline("support vectors, small" + mark, partial(SVR, C=1, gamma=0.01), frames="steady", columns="scaled",
                 most_rows=KERNEL_ROWS, logarithm=logarithms),
        _weak("neural network" + mark, _network(MLPRegressor, 32), columns="scaled", logarithm=logarithms),
        Pipeline("neural network" + mark, _network(MLPRegressor, 32, alpha=1.0), frames="tidy", columns="scaled",
                 logarithm=logarithms),
    ]  # fmt: skip


def grade_models() -> list[Pipeline]:
    """Return models of ordered classes: half learn classes, half learn grades as numbers."""
    chosen = {"logistic regression", "naive Bayes", "small tree", "large tree", "forest", "5 neighbours", "extra trees"}
    numbers = [
        Pipeline(f"{p.name}, grades as numbers", p.model, p.frames, p.columns, most_rows=p.most_rows, regression=True)
        for p in regressors(logarithms=False)
        if "again" not in p.name or p.frames != "raw"
    ]
    return [p for p in classifiers() if p.name in chosen] + numbers


def image_classifiers() -> list[Pipeline]:
    """Return models of classes on pixels: as they are, of even contrast, centred, and with means of neighbours."""
    forest = _seeded(RandomForestClassifier, n_estimators=120)
    return [
        _weak("logistic regression on pixels", _after(StandardScaler, _logistic(1.0)), transform=_pixels(pixels)),
        Pipeline("logistic regression on contrast", _logistic(0.1), transform=_pixels(contrast)),
        Pipeline("logistic regression, centred", _logistic(0.1), transform=_pixels(centred)),
        _weak("naive Bayes on pixels", GaussianNB, transform=_pixels(pixels)),
        _weak("naive Bayes on components", _after(partial(PCA, 20), GaussianNB), transform=_pixels(contrast)),
        _weak("5 neighbours on pixels", partial(KNeighborsClassifier, 5), transform=_pixels(pixels)),
        Pipeline("9 neighbours, centred", _neighbours(9), transform=_pixels(centred)),
        _weak("small tree on pixels", _seeded(DecisionTreeClassifier, max_depth=8), transform=_pixels(pixels)),
        Pipeline("forest on pixels", forest, transform=_pixels(pixels)),
        Pipeline("forest on contrast", forest, transform=_pixels(contrast)),
        Pipeline("extra trees, centred", _seeded(ExtraTreesClassifier, n_estimators=120), transform=_pixels(centred)),
        Pipeline("extra trees, blurred", _seeded(ExtraTreesClassifier, n_estimators=120), transform=_pixels(blurred)),
        Pipeline("boosting on contrast", _boosting(40), transform=_pixels(contrast)),
        Pipeline("support vectors on contrast", _calibrated(SVC, C=3), transform=_pixels(contrast)),
        Pipeline("support vectors, centred", _calibrated(SVC, C=3), transform=_pixels(centred)),
        Pipeline("neural network on pixels", _after(StandardScaler, _network(MLPClassifier, 64)),
                 transform=_pixels(pixels)),
        Pipeline("neural network, blurred", _network(MLPClassifier, 64, alpha=1.0), transform=_pixels(blurred)),
        Pipeline("discriminant analysis on components", _after(partial(PCA, 40), LinearDiscriminantAnalysis),
                 transform=_pixels(contrast)),
    ]  # fmt: skip


def text_classifiers(column: str) -> list[Pipeline]:
    """Return models of classes on the words, pairs of words or letters of a text."""
    words, pairs = partial(TfidfVectorizer, sublinear_tf=True), partial(TfidfVectorizer, ngram_range=(1, 2), min_df=2)
    letters = partial(TfidfVectorizer, sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4), min_df=3)
    counts = partial(CountVectorizer, binary=True)
    few = partial(CountVectorizer, max_features=200)
    meanings = partial(TruncatedSVD, 60, random_state=0)
    forest = _seeded(RandomForestClassifier, n_estimators=120)

    def one(name: str, transform: Made, model: Made, *, blendable: bool = True) -> Pipeline:
        return Pipeline(name, model, transform=transform, column=column, blendable=blendable)

    return [
        one("logistic regression, 200 words", few, _logistic(1.0), blendable=False),
        one("logistic regression, words", words, _logistic(1.0)),
        one("logistic regression, words, weak penalty", words, _logistic(20.0)),
        one("logistic regression, pairs", pairs, _logistic(5.0)),
        one("logistic regression, letters", letters, _logistic(10.0)),
        one("multinomial naive Bayes, words", counts, MultinomialNB),
        one("multinomial naive Bayes, TF-IDF", words, partial(MultinomialNB, alpha=0.1)),
        one("multinomial naive Bayes, pairs", pairs, partial(MultinomialNB, alpha=0.05)),
        one("complement naive Bayes", counts, partial(ComplementNB, alpha=0.5), blendable=False),
        one("30 neighbours, words", words, _neighbours(30)),
        one("small tree, 200 words", few, _seeded(DecisionTreeClassifier, max_depth=8), blendable=False),
        one("forest, 200 words", few, forest, blendable=False),
        one("forest, words", partial(CountVectorizer, min_df=3), forest),
        one("extra trees, words", partial(words, min_df=3), _seeded(ExtraTreesClassifier, n_estimators=120)),
        one("support vectors, words", words, _calibrated(SVC, kernel="linear")),
        one("discriminant analysis, meanings", words, _after(meanings, LinearDiscriminantAnalysis)),
        one("boosting, meanings", words, _after(meanings, _boosting(40))),
        one("neural network, meanings", words, _after(meanings, _network(MLPClassifier, 64, alpha=0.1))),
    ]


def _weak(name: str, model: Made, **options: Any) -> Pipeline:
    return Pipeline(name, model, blendable=False, **options)


def _seeded(kind: Any, **options: Any) -> Made:
    return partial(kind, random_state=0, **options)


def _logistic(penalty: float) -> Made:
    return partial(LogisticRegression, C=penalty, max_iter=1000)


def _network(kind: Any, units: int, alpha: float = 1e-3) -> Made:
    options = {"max_iter": 120, "early_stopping": True, "learning_rate_init": 5e-3, "random_state": 0}
    return partial(kind, hidden_layer_sizes=(units,), alpha=alpha, **options)


def _neighbours(count: int) -> Made:
    return partial(KNeighborsClassifier, count, weights="distance")


def _boosting(rounds: int) -> Made:
    return partial(HistGradientBoostingClassifier, max_iter=rounds, max_leaf_nodes=8, random_state=0)


def _calibrated(kind: Any, **options: Any) -> Made:
    return lambda: CalibratedClassifierCV(kind(**options), ensemble=False, cv=3)


def _after(first: Made, then: Made) -> Made:
    return lambda: make_pipeline(first(), then())


def _pixels(function: Any) -> Made:
    return partial(FunctionTransformer, function)
