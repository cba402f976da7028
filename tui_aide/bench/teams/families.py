"""The families of pipelines that teams come from, by what a task's rows are."""

from __future__ import annotations

from functools import partial
from typing import Any

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
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tui_aide.bench.teams.columns import text_columns
from tui_aide.bench.teams.images import blurred, centred, contrast, is_image, pixels
from tui_aide.bench.teams.models import after, boosting, calibrated, logistic, neighbours, network, seeded, weak
from tui_aide.bench.teams.picture_families import photograph_classifiers, scan_cleaners
from tui_aide.bench.teams.pictures import FILE
from tui_aide.bench.teams.pipeline import Made, Pipeline
from tui_aide.bench.teams.rows import TeamRows
from tui_aide.bench.teams.text_families import label_models, token_readers
from tui_aide.errors import UsageError

SLOW = {"learning_rate": 0.05, "max_iter": 150, "max_leaf_nodes": 8, "l2_regularization": 3}
KERNEL_ROWS = 1500


def pipelines(rows: TeamRows) -> list[Pipeline]:
    """Return the pipelines that suit a task: of values, classes, ordered classes, images, scans, texts or readings.

    Raises:
        UsageError: there are several targets of a kind that no family is for.
    """
    if rows.texts:
        return token_readers()
    if rows.several:
        return _of_several(rows)
    if FILE in rows.files:
        return photograph_classifiers(rows.files)
    if rows.values:
        return mean_regressors() if rows.metric.name == "rmse" else regressors(logarithms=bool((rows.y >= 0).all()))
    if is_image(rows.x):
        return image_classifiers()
    texts = text_columns(rows.x)
    if texts and rows.x.shape[1] <= 2:
        return text_classifiers(texts[0])
    if rows.graded:
        return grade_models()
    return classifiers()


def _of_several(rows: TeamRows) -> list[Pipeline]:
    texts = text_columns(rows.x)
    if rows.values and is_image(rows.x) and rows.truth.shape[1] == rows.x.shape[1]:
        return scan_cleaners()
    if not rows.values and texts:
        return label_models(texts[0], [column for column in rows.x.columns if column != texts[0]])
    raise UsageError(
        f"There are no teams for {rows.name!r}: its several targets are neither a scan's pixels nor labels of texts. "
        "Give its folder a leaderboard.csv of your own."
    )


def constant(rows: TeamRows) -> Pipeline:
    """Return the team that predicts the same for each row."""
    model: Made = partial(DummyRegressor, strategy="median") if rows.values else partial(DummyClassifier)
    return Pipeline("constant", model, columns="coded", blendable=False)


def classifiers() -> list[Pipeline]:
    """Return models of classes on a table's columns."""
    boosting, forest = seeded(HistGradientBoostingClassifier), seeded(RandomForestClassifier, n_estimators=120)
    extra = seeded(ExtraTreesClassifier, n_estimators=120, min_samples_leaf=3)
    kernel = calibrated(SVC, C=1)
    return [
        weak("logistic regression", logistic(1.0), columns="scaled"),
        Pipeline("logistic regression, strong penalty", logistic(0.03), columns="ranked"),
        Pipeline("logistic regression", logistic(0.3), frames="tidy", columns="scaled"),
        Pipeline("logistic regression", logistic(0.3), frames="steady", columns="scaled"),
        weak("naive Bayes", GaussianNB, columns="scaled"),
        weak("naive Bayes", GaussianNB, frames="steady", columns="ranked"),
        weak("5 neighbours", partial(KNeighborsClassifier, 5), columns="scaled"),
        Pipeline("40 neighbours", partial(KNeighborsClassifier, 40), frames="tidy", columns="ranked"),
        weak("small tree", seeded(DecisionTreeClassifier, max_depth=4), columns="coded"),
        weak("large tree", seeded(DecisionTreeClassifier), columns="coded"),
        Pipeline("forest", forest, columns="coded"),
        Pipeline("forest", forest, frames="steady", columns="coded"),
        Pipeline("extra trees", extra, columns="coded"),
        Pipeline("extra trees", extra, frames="steady", columns="coded"),
        Pipeline("boosting", boosting, columns="coded"),
        Pipeline("slow boosting", seeded(HistGradientBoostingClassifier, **SLOW), columns="coded"),
        Pipeline("slow boosting", seeded(HistGradientBoostingClassifier, **SLOW), frames="steady", columns="coded"),
        Pipeline("support vectors", kernel, columns="scaled", most_rows=KERNEL_ROWS),
        Pipeline("support vectors", kernel, frames="steady", columns="ranked", most_rows=KERNEL_ROWS),
        weak("neural network", network(MLPClassifier, 32), columns="scaled"),
        Pipeline("neural network", network(MLPClassifier, 32, alpha=1.0), frames="steady", columns="scaled"),
        Pipeline("discriminant analysis", LinearDiscriminantAnalysis, frames="tidy", columns="scaled"),
    ]


def regressors(*, logarithms: bool) -> list[Pipeline]:
    """Return models of values on a table's columns; some of their logarithm, where that can be taken."""
    forest = seeded(RandomForestRegressor, n_estimators=100)
    extra = seeded(ExtraTreesRegressor, n_estimators=100)
    slow = seeded(HistGradientBoostingRegressor, **SLOW)
    mark = ", logarithm" if logarithms else ", again"
    return [
        weak("ridge", Ridge, columns="scaled"),
        weak("ridge" + mark, Ridge, columns="scaled", logarithm=logarithms),
        Pipeline("ridge" + mark, Ridge, frames="steady", columns="scaled", logarithm=logarithms),
        Pipeline("Bayesian ridge" + mark, BayesianRidge, frames="tidy", columns="ranked", logarithm=logarithms),
        weak("5 neighbours", partial(KNeighborsRegressor, 5), columns="scaled"),
        Pipeline("15 neighbours" + mark, partial(KNeighborsRegressor, 15), columns="ranked", logarithm=logarithms),
        weak("small tree", seeded(DecisionTreeRegressor, max_depth=5), columns="coded"),
        weak("large tree", seeded(DecisionTreeRegressor), columns="coded"),
        Pipeline("forest", forest, columns="coded"),
        Pipeline("forest" + mark, forest, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("extra trees", extra, columns="coded"),
        Pipeline("extra trees" + mark, extra, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("boosting", seeded(HistGradientBoostingRegressor), columns="coded"),
        Pipeline("boosting" + mark, seeded(HistGradientBoostingRegressor), columns="coded", logarithm=logarithms),
        Pipeline("slow boosting", slow, columns="coded"),
        Pipeline("slow boosting" + mark, slow, frames="tidy", columns="coded", logarithm=logarithms),
        Pipeline("support vectors", partial(SVR, C=10), columns="scaled", most_rows=KERNEL_ROWS),
        Pipeline("support vectors" + mark, partial(SVR, C=3, epsilon=0.05), frames="tidy", columns="scaled",
                 most_rows=KERNEL_ROWS, logarithm=logarithms),
        Pipeline("support vectors, small" + mark, partial(SVR, C=1, gamma=0.01), frames="steady", columns="scaled",
                 most_rows=KERNEL_ROWS, logarithm=logarithms),
        weak("neural network" + mark, network(MLPRegressor, 32), columns="scaled", logarithm=logarithms),
        Pipeline("neural network" + mark, network(MLPRegressor, 32, alpha=1.0), frames="tidy", columns="scaled",
                 logarithm=logarithms),
    ]  # fmt: skip


def mean_regressors() -> list[Pipeline]:
    """Return models of values where the mean is asked for, as the root mean squared error does.

    None learns the logarithm, whose mean is another; some have a logarithmic link instead (Poisson's deviance).
    """
    link = seeded(HistGradientBoostingRegressor, loss="poisson", **SLOW)
    leaves = seeded(ExtraTreesRegressor, n_estimators=100, min_samples_leaf=2)
    return [
        *_distinct(regressors(logarithms=False)),
        Pipeline("slow boosting", seeded(HistGradientBoostingRegressor, **SLOW), frames="steady", columns="coded"),
        Pipeline("boosting, logarithmic link", link, columns="coded"),
        Pipeline("boosting, logarithmic link", link, frames="tidy", columns="coded"),
        Pipeline("boosting, logarithmic link", link, frames="steady", columns="coded"),
        Pipeline("extra trees, small leaves", leaves, columns="coded"),
    ]


def _distinct(family: list[Pipeline]) -> list[Pipeline]:
    """Return regressors without those that are the same as others where no logarithm is learned."""
    return [p for p in family if "again" not in p.name or p.frames != "raw"]


def grade_models() -> list[Pipeline]:
    """Return models of ordered classes: half learn classes, half (the better ones) learn grades as numbers."""
    chosen = {"logistic regression", "naive Bayes", "small tree", "large tree", "forest", "5 neighbours", "extra trees"}
    numbers = [
        Pipeline(f"{p.name}, grades as numbers", p.model, p.frames, p.columns, most_rows=p.most_rows, regression=True)
        for p in _distinct(regressors(logarithms=False))
        if p.blendable
    ]
    return [p for p in classifiers() if p.name in chosen] + numbers


def image_classifiers() -> list[Pipeline]:
    """Return models of classes on pixels: as they are, of even contrast, centred, and with means of neighbours."""
    forest = seeded(RandomForestClassifier, n_estimators=120)
    return [
        weak("logistic regression on pixels", after(StandardScaler, logistic(1.0)), transform=_pixels(pixels)),
        Pipeline("logistic regression on contrast", logistic(0.1), transform=_pixels(contrast)),
        Pipeline("logistic regression, centred", logistic(0.1), transform=_pixels(centred)),
        weak("naive Bayes on pixels", GaussianNB, transform=_pixels(pixels)),
        weak("naive Bayes on components", after(partial(PCA, 20), GaussianNB), transform=_pixels(contrast)),
        weak("5 neighbours on pixels", partial(KNeighborsClassifier, 5), transform=_pixels(pixels)),
        Pipeline("9 neighbours, centred", neighbours(9), transform=_pixels(centred)),
        weak("small tree on pixels", seeded(DecisionTreeClassifier, max_depth=8), transform=_pixels(pixels)),
        Pipeline("forest on pixels", forest, transform=_pixels(pixels)),
        Pipeline("forest on contrast", forest, transform=_pixels(contrast)),
        Pipeline("extra trees, centred", seeded(ExtraTreesClassifier, n_estimators=120), transform=_pixels(centred)),
        Pipeline("extra trees, blurred", seeded(ExtraTreesClassifier, n_estimators=120), transform=_pixels(blurred)),
        Pipeline("boosting on contrast", boosting(40), transform=_pixels(contrast)),
        Pipeline("support vectors on contrast", calibrated(SVC, C=3), transform=_pixels(contrast)),
        Pipeline("support vectors, centred", calibrated(SVC, C=3), transform=_pixels(centred)),
        Pipeline("neural network on pixels", after(StandardScaler, network(MLPClassifier, 64)),
                 transform=_pixels(pixels)),
        Pipeline("neural network, blurred", network(MLPClassifier, 64, alpha=1.0), transform=_pixels(blurred)),
        Pipeline("discriminant analysis on components", after(partial(PCA, 40), LinearDiscriminantAnalysis),
                 transform=_pixels(contrast)),
    ]  # fmt: skip


def text_classifiers(column: str) -> list[Pipeline]:
    """Return models of classes on the words, pairs of words or letters of a text."""
    words, pairs = partial(TfidfVectorizer, sublinear_tf=True), partial(TfidfVectorizer, ngram_range=(1, 2), min_df=2)
    letters = partial(TfidfVectorizer, sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4), min_df=3)
    counts = partial(CountVectorizer, binary=True)
    few = partial(CountVectorizer, max_features=200)
    meanings = partial(TruncatedSVD, 60, random_state=0)
    forest = seeded(RandomForestClassifier, n_estimators=120)

    def one(name: str, transform: Made, model: Made, *, blendable: bool = True) -> Pipeline:
        return Pipeline(name, model, transform=transform, column=column, blendable=blendable)

    return [
        one("logistic regression, 200 words", few, logistic(1.0), blendable=False),
        one("logistic regression, words", words, logistic(1.0)),
        one("logistic regression, words, weak penalty", words, logistic(20.0)),
        one("logistic regression, pairs", pairs, logistic(5.0)),
        one("logistic regression, letters", letters, logistic(10.0)),
        one("multinomial naive Bayes, words", counts, MultinomialNB),
        one("multinomial naive Bayes, TF-IDF", words, partial(MultinomialNB, alpha=0.1)),
        one("multinomial naive Bayes, pairs", pairs, partial(MultinomialNB, alpha=0.05)),
        one("complement naive Bayes", counts, partial(ComplementNB, alpha=0.5), blendable=False),
        one("30 neighbours, words", words, neighbours(30)),
        one("small tree, 200 words", few, seeded(DecisionTreeClassifier, max_depth=8), blendable=False),
        one("forest, 200 words", few, forest, blendable=False),
        one("forest, words", partial(CountVectorizer, min_df=3), forest),
        one("extra trees, words", partial(words, min_df=3), seeded(ExtraTreesClassifier, n_estimators=120)),
        one("support vectors, words", words, calibrated(SVC, kernel="linear")),
        one("discriminant analysis, meanings", words, after(meanings, LinearDiscriminantAnalysis)),
        one("boosting, meanings", words, after(meanings, boosting(40))),
        one("neural network, meanings", words, after(meanings, network(MLPClassifier, 64, alpha=0.1))),
    ]


def _pixels(function: Any) -> Made:
    return partial(FunctionTransformer, function)
