"""The families of pipelines for pictures: photographs in files that have a class, and scans that are to be cleaned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tui_aide.bench.teams.models import after, boosting, calibrated, logistic, neighbours, network, seeded, weak
from tui_aide.bench.teams.pictures import contrasts, figures, flattened, pictures
from tui_aide.bench.teams.pipeline import Made, Pipeline
from tui_aide.bench.teams.windows import PixelModel

TEAM_PIXELS = 12_000
"""Pixels that a team's model of single pixels learns from."""


def photograph_classifiers(files: Mapping[str, bytes]) -> list[Pipeline]:
    """Return models of classes on photographs: on pixels, on quantiles of grey and slopes, on figures of the faults."""

    def seen(prepare: Callable[[np.ndarray], np.ndarray]) -> Made:
        return partial(FunctionTransformer, lambda rows: prepare(pictures(files, rows)))

    pixels, grey = seen(_flat), seen(lambda images: _flat(images.mean(axis=3)))
    quantiles, plain = seen(contrasts), seen(lambda images: _flat(flattened(images)))
    shapes = seen(lambda images: figures(flattened(images)))
    both = seen(lambda images: np.hstack([contrasts(images), figures(flattened(images))]))
    forest = seeded(RandomForestClassifier, n_estimators=150)
    extra = seeded(ExtraTreesClassifier, n_estimators=150, min_samples_leaf=2)
    return [
        weak("logistic regression on pixels", after(StandardScaler, logistic(0.001)), transform=pixels),
        weak("naive Bayes on grey", GaussianNB, transform=grey),
        weak("components and logistic regression", after(partial(PCA, 30), logistic(0.1)), transform=plain),
        weak("9 neighbours on grey", neighbours(9), transform=grey),
        weak("small tree on quantiles", seeded(DecisionTreeClassifier, max_depth=6), transform=quantiles),
        weak("small tree on figures", seeded(DecisionTreeClassifier, max_depth=5), transform=shapes),
        Pipeline("forest on pixels", forest, transform=pixels),
        Pipeline("forest on flattened pixels", forest, transform=plain),
        Pipeline("forest on quantiles", forest, transform=quantiles),
        Pipeline("forest on figures", forest, transform=shapes),
        Pipeline("extra trees on quantiles", extra, transform=quantiles),
        Pipeline("extra trees on both", extra, transform=both),
        Pipeline("boosting on quantiles", boosting(60), transform=quantiles),
        Pipeline("boosting on figures", boosting(60), transform=shapes),
        Pipeline("logistic regression on quantiles", after(StandardScaler, logistic(0.3)), transform=quantiles),
        Pipeline("logistic regression on figures", after(StandardScaler, logistic(1.0)), transform=shapes),
        Pipeline("discriminant analysis on figures", LinearDiscriminantAnalysis, transform=shapes),
        Pipeline("support vectors on flattened pixels", calibrated(SVC, C=3), transform=plain),
        Pipeline("support vectors on both", after(StandardScaler, calibrated(SVC, C=3, gamma=0.01)), transform=both),
        Pipeline("20 neighbours on figures", after(StandardScaler, neighbours(20)), transform=shapes),
        Pipeline("neural network on quantiles", after(StandardScaler, network(MLPClassifier, 32, alpha=1.0)),
                 transform=quantiles),
        Pipeline("neural network on both", after(StandardScaler, network(MLPClassifier, 32, alpha=1.0)),
                 transform=both),
    ]  # fmt: skip


def scan_cleaners() -> list[Pipeline]:
    """Return models of all pixels of a scan at once, and models of one pixel from a window around it."""

    def window(reach: int, model: Made) -> Made:
        return lambda: PixelModel(model(), reach, TEAM_PIXELS)

    trees = seeded(ExtraTreesRegressor, n_estimators=40, min_samples_leaf=3)
    forest = seeded(RandomForestRegressor, n_estimators=40, min_samples_leaf=3, max_features=0.3)
    whole = seeded(RandomForestRegressor, n_estimators=40, min_samples_leaf=3, max_features=0.1)
    slow = seeded(HistGradientBoostingRegressor, learning_rate=0.08, max_iter=120, max_leaf_nodes=24)
    quick = seeded(HistGradientBoostingRegressor, max_iter=40)
    perceptron = partial(_network, 32)
    return [
        weak("line through each pixel", window(0, LinearRegression)),
        weak("tree on each pixel", window(0, seeded(DecisionTreeRegressor, max_depth=8))),
        weak("ridge of whole scans", partial(Ridge, 10_000.0)),
        weak("components and ridge", after(partial(PCA, 40), Ridge)),
        weak("10 most similar scans", partial(KNeighborsRegressor, 10, weights="distance")),
        weak("tree on windows of 3", window(1, seeded(DecisionTreeRegressor, min_samples_leaf=20))),
        Pipeline("forest of whole scans", whole),
        Pipeline("ridge on windows of 3", window(1, Ridge)),
        Pipeline("ridge on windows of 5", window(2, Ridge)),
        Pipeline("ridge on windows of 9", window(4, Ridge)),
        Pipeline("boosting on each pixel", window(0, quick)),
        Pipeline("quick boosting on windows of 3", window(1, quick)),
        Pipeline("boosting on windows of 3", window(1, slow)),
        Pipeline("quick boosting on windows of 5", window(2, quick)),
        Pipeline("boosting on windows of 5", window(2, slow)),
        Pipeline("boosting on windows of 7", window(3, slow)),
        Pipeline("extra trees on windows of 3", window(1, trees)),
        Pipeline("forest on windows of 5", window(2, forest)),
        Pipeline("neural network on windows of 3", window(1, perceptron)),
        Pipeline("neural network on windows of 5", window(2, perceptron)),
    ]


def _flat(images: np.ndarray) -> np.ndarray:
    return np.asarray(images.reshape(len(images), -1))


def _network(units: int) -> object:
    model = MLPRegressor(
        hidden_layer_sizes=(units,), max_iter=40, early_stopping=True, learning_rate_init=5e-3, random_state=0
    )
    return make_pipeline(StandardScaler(), model)
