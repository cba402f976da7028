"""The model families: how a script builds them, their hyper-parameters and what they are good at."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.models.builtin.recipe import Family, Member, Recipe

Inputs = Literal["scaled", "tree"]
Value = float | int | str


class FamilyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One family of models.

    Attributes:
        title: what prose calls it.
        name: what the script calls it.
        inputs: which preparation it wants.
        defaults: hyper-parameters of a first try.
        ladders: values of a hyper-parameter in order; a neighbour of the parent is one step away.
        classifier, regressor: estimator as source text, with {parameter} slots; empty where there is none.
        imports: module -> names, of the classifier and the regressor.
        takes_missing: whether it can be fitted on missing numbers.
        why: what speaks for it, in words.
        words: what an instruction may call it, as lower-case words.
    """

    title: str
    name: str
    inputs: Inputs
    defaults: dict[str, Value]
    ladders: dict[str, tuple[Value, ...]]
    classifier: str
    regressor: str
    classifier_import: tuple[str, str]
    regressor_import: tuple[str, str]
    takes_missing: bool = False
    balanced: bool = False
    why: str
    words: tuple[str, ...]


FAMILIES: dict[Family, FamilyFacts] = {
    "linear": FamilyFacts(
        title="a regularised linear model",
        name="linear",
        inputs="scaled",
        defaults={"C": 1.0},
        ladders={"C": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 4.0, 15.0, 40.0)},
        classifier="LogisticRegression(C={C}, max_iter=2000{balanced})",
        regressor="Ridge(alpha={alpha})",
        classifier_import=("sklearn.linear_model", "LogisticRegression"),
        regressor_import=("sklearn.linear_model", "Ridge"),
        balanced=True,
        why="it is quick, hard to overfit and shows how far additive effects alone carry",
        words=("linear", "logistic", "ridge", "regression", "logreg"),
    ),
    "elastic": FamilyFacts(
        title="a sparse linear model (elastic net)",
        name="elastic",
        inputs="scaled",
        defaults={"alpha": 0.001},
        ladders={"alpha": (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)},
        classifier='SGDClassifier(loss="log_loss", penalty="elasticnet", alpha={alpha}, random_state=seed{balanced})',
        regressor="ElasticNet(alpha={alpha}, max_iter=5000)",
        classifier_import=("sklearn.linear_model", "SGDClassifier"),
        regressor_import=("sklearn.linear_model", "ElasticNet"),
        balanced=True,
        why="its absolute penalty drops inputs that only add noise",
        words=("elastic", "lasso", "sparse"),
    ),
    "sgd": FamilyFacts(
        title="a linear model trained by stochastic gradient descent",
        name="sgd",
        inputs="scaled",
        defaults={"alpha": 0.0001},
        ladders={"alpha": (0.00001, 0.00003, 0.0001, 0.0003, 0.001)},
        classifier='SGDClassifier(loss="log_loss", alpha={alpha}, average=True, random_state=seed{balanced})',
        regressor="SGDRegressor(alpha={alpha}, average=True, random_state=seed)",
        classifier_import=("sklearn.linear_model", "SGDClassifier"),
        regressor_import=("sklearn.linear_model", "SGDRegressor"),
        balanced=True,
        why="it passes over the rows a few times and stays quick on very many of them",
        words=("sgd", "stochastic"),
    ),
    "spline": FamilyFacts(
        title="an additive model on spline features",
        name="spline",
        inputs="scaled",
        defaults={"knots": 6, "C": 1.0},
        ladders={"knots": (4, 6, 9, 12), "C": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)},
        classifier=(
            "make_pipeline(SplineTransformer(n_knots={knots}), LogisticRegression(C={C}, max_iter=2000{balanced}))"
        ),
        regressor="make_pipeline(SplineTransformer(n_knots={knots}), Ridge(alpha={alpha}))",
        classifier_import=("sklearn.linear_model", "LogisticRegression"),
        regressor_import=("sklearn.linear_model", "Ridge"),
        balanced=True,
        why="it bends each input's effect while staying as stable as a linear model",
        words=("spline", "splines", "additive", "gam"),
    ),
    "forest": FamilyFacts(
        title="a random forest",
        name="forest",
        inputs="tree",
        defaults={"trees": 200, "leaf": 2, "share": 0.4},
        ladders={
            "trees": (100, 200, 400, 600),
            "leaf": (1, 2, 4, 8, 16, 30),
            "share": (0.1, 0.2, 0.4, 0.6, 0.8),
        },
        classifier=(
            "RandomForestClassifier(\n"
            "    n_estimators={trees}, min_samples_leaf={leaf}, max_features={share},\n"
            "    n_jobs={threads}, random_state=seed{balanced},\n"
            ")"
        ),
        regressor=(
            "RandomForestRegressor(\n"
            "    n_estimators={trees}, min_samples_leaf={leaf}, max_features={share},\n"
            "    n_jobs={threads}, random_state=seed,\n"
            ")"
        ),
        classifier_import=("sklearn.ensemble", "RandomForestClassifier"),
        regressor_import=("sklearn.ensemble", "RandomForestRegressor"),
        balanced=True,
        why="it needs hardly any tuning and finds interactions by itself",
        words=("forest", "forests", "rf", "bagging"),
    ),
    "extra_trees": FamilyFacts(
        title="extremely randomised trees",
        name="extra_trees",
        inputs="tree",
        defaults={"trees": 300, "leaf": 2, "share": 0.5},
        ladders={
            "trees": (100, 200, 300, 500),
            "leaf": (1, 2, 4, 8, 16),
            "share": (0.1, 0.25, 0.5, 0.75, 1.0),
        },
        classifier=(
            "ExtraTreesClassifier(\n"
            "    n_estimators={trees}, min_samples_leaf={leaf}, max_features={share},\n"
            "    n_jobs={threads}, random_state=seed{balanced},\n"
            ")"
        ),
        regressor=(
            "ExtraTreesRegressor(\n"
            "    n_estimators={trees}, min_samples_leaf={leaf}, max_features={share},\n"
            "    n_jobs={threads}, random_state=seed,\n"
            ")"
        ),
        classifier_import=("sklearn.ensemble", "ExtraTreesClassifier"),
        regressor_import=("sklearn.ensemble", "ExtraTreesRegressor"),
        balanced=True,
        why="random cuts smooth the prediction, which helps where the data are noisy",
        words=("extra", "extratrees", "extremely"),
    ),
    "boosting": FamilyFacts(
        title="histogram gradient boosting",
        name="boosting",
        inputs="tree",
        defaults={"rate": 0.1, "rounds": 120, "leaves": 15, "leaf": 20, "l2": 0.0},
        ladders={
            "rate": (0.02, 0.04, 0.06, 0.1, 0.15),
            "rounds": (60, 120, 200, 300, 450),
            "leaves": (4, 6, 8, 15, 31, 63),
            "leaf": (5, 10, 20, 40, 80),
            "l2": (0.0, 0.3, 1.0, 3.0, 10.0, 30.0),
        },
        classifier=(
            "HistGradientBoostingClassifier(\n"
            "    learning_rate={rate}, max_iter={rounds}, max_leaf_nodes={leaves},\n"
            "    min_samples_leaf={leaf}, l2_regularization={l2}, random_state=seed{balanced},\n"
            ")"
        ),
        regressor=(
            "HistGradientBoostingRegressor(\n"
            "    {loss}learning_rate={rate}, max_iter={rounds}, max_leaf_nodes={leaves},\n"
            "    min_samples_leaf={leaf}, l2_regularization={l2}, random_state=seed,\n"
            ")"
        ),
        classifier_import=("sklearn.ensemble", "HistGradientBoostingClassifier"),
        regressor_import=("sklearn.ensemble", "HistGradientBoostingRegressor"),
        takes_missing=True,
        balanced=True,
        why="it takes missing values as they are, ignores monotone distortions and is usually the strongest on tables",
        words=("boosting", "boosted", "gbm", "hist", "histogram", "xgboost", "lightgbm", "catboost"),
    ),
    "knn": FamilyFacts(
        title="nearest neighbours",
        name="neighbours",
        inputs="scaled",
        defaults={"neighbours": 15},
        ladders={"neighbours": (3, 5, 9, 15, 25, 40, 60)},
        classifier='KNeighborsClassifier(n_neighbors={neighbours}, weights="distance")',
        regressor='KNeighborsRegressor(n_neighbors={neighbours}, weights="distance")',
        classifier_import=("sklearn.neighbors", "KNeighborsClassifier"),
        regressor_import=("sklearn.neighbors", "KNeighborsRegressor"),
        why="it assumes nothing but that rows that look alike have like targets",
        words=("knn", "neighbours", "neighbors", "nearest"),
    ),
    "svm": FamilyFacts(
        title="a support vector machine with a radial kernel",
        name="svm",
        inputs="scaled",
        defaults={"C": 3.0, "gamma": 1.0},
        ladders={"C": (0.1, 0.3, 1.0, 3.0, 10.0, 30.0), "gamma": (0.25, 0.5, 1.0, 2.0)},
        classifier="SVC(C={C}, gamma={gamma}{balanced})",
        regressor="SVR(C={C}, gamma={gamma}, epsilon={epsilon})",
        classifier_import=("sklearn.svm", "SVC"),
        regressor_import=("sklearn.svm", "SVR"),
        balanced=True,
        why="its kernel draws smooth borders and does well on a few thousand scaled rows",
        words=("svm", "svr", "svc", "kernel", "support"),
    ),
    "gaussian_process": FamilyFacts(
        title="a Gaussian process",
        name="gaussian_process",
        inputs="scaled",
        defaults={"restarts": 0},
        ladders={"restarts": (0, 1, 2)},
        classifier="GaussianProcessClassifier(1.0 * RBF(3.0), n_restarts_optimizer={restarts}, random_state=seed)",
        regressor=(
            "GaussianProcessRegressor(\n"
            "    1.0 * RBF(3.0) + WhiteKernel(0.3), normalize_y=True,\n"
            "    n_restarts_optimizer={restarts}, random_state=seed,\n"
            ")"
        ),
        classifier_import=("sklearn.gaussian_process", "GaussianProcessClassifier"),
        regressor_import=("sklearn.gaussian_process", "GaussianProcessRegressor"),
        why="on few rows it fits a smooth function and tunes its own kernel",
        words=("gaussian", "gp", "kriging"),
    ),
    "mlp": FamilyFacts(
        title="a small neural network",
        name="network",
        inputs="scaled",
        defaults={"units": 64, "alpha": 0.01, "epochs": 60},
        ladders={
            "units": (32, 64, 128, 200),
            "alpha": (0.0001, 0.001, 0.01, 0.1, 1.0, 3.0),
            "epochs": (30, 60, 100, 160),
        },
        classifier=(
            "MLPClassifier(\n    hidden_layer_sizes=({units},), alpha={alpha}, max_iter={epochs}, random_state=seed,\n)"
        ),
        regressor=(
            "MLPRegressor(\n"
            "    hidden_layer_sizes=({units},), alpha={alpha}, learning_rate_init=0.005, max_iter={epochs},\n"
            "    random_state=seed,\n"
            ")"
        ),
        classifier_import=("sklearn.neural_network", "MLPClassifier"),
        regressor_import=("sklearn.neural_network", "MLPRegressor"),
        why="it learns smooth features of its own, other ones than trees see, so it is a good partner in a blend",
        words=("mlp", "neural", "network", "nn", "perceptron", "deep"),
    ),
    "naive_bayes": FamilyFacts(
        title="naive Bayes on word counts",
        name="bayes",
        inputs="scaled",
        defaults={"alpha": 0.1},
        ladders={"alpha": (0.01, 0.03, 0.1, 0.3, 1.0)},
        classifier="MultinomialNB(alpha={alpha})",
        regressor="",
        classifier_import=("sklearn.naive_bayes", "MultinomialNB"),
        regressor_import=("", ""),
        why="counting words by class is quick and strong on short texts",
        words=("bayes", "naive", "multinomial"),
    ),
}


def settings(member: Member) -> dict[str, Value]:
    """Return all hyper-parameters of a member, defaults included."""
    return {**FAMILIES[member.family].defaults, **member.params}


def takes_missing(recipe: Recipe) -> bool:
    """Whether every member can be fitted on missing numbers."""
    return all(FAMILIES[m.family].takes_missing for m in recipe.members)
