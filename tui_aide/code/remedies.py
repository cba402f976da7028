"""What to write instead: remedies for the failures that scripts for tables have most, told beside the traceback.

A traceback names what went wrong, seldom what is right: small models repeat a mistake whose name alone they are told,
and mend it when they are told the remedy (the feedback is the limit of self-repair: Olausson et al., 2024). Many are
names that libraries have dropped since the models were trained.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from tui_aide.code.preflight.surroundings import TARGET_WORDS
from tui_aide.errors import closest


class Around(msgspec.Struct, frozen=True):
    """The columns of train.csv, the paths of the files that there are, and the target."""

    columns: Sequence[str]
    files: Sequence[str]
    target: str


Remedy = Callable[[re.Match[str], Around], str]
"""Makes the remedy of a match."""


def remedy(failure: str, output: str, columns: Sequence[str], files: Sequence[str], target: str = "") -> str:
    """Return what to write instead, one line, empty where nothing is known.

    Args:
        failure: the verdict and its message, such as `crash. KeyError: 'age'`.
        output: the end of what the script printed; its last traceback counts.
        columns: of train.csv.
        files: paths that a script can read, relative to its folder.
        target: the column to predict, empty where there is none.
    """
    around = Around(columns, files, target)
    trace = output[max(0, output.rfind("Traceback (most recent call last)")) :]
    error = "\n".join(line for line in trace.splitlines() if line[:1].strip())
    for pattern, told in _REMEDIES:
        match = pattern.search(f"{failure}\n{error}")
        if match is not None:
            line = told(match, around) if callable(told) else match.expand(told)
            if line:
                return line
    return ""


def _column(match: re.Match[str], around: Around) -> str:
    wrong, columns = match["name"], around.columns
    if wrong in columns:
        return f"{wrong!r} is a column of train.csv, but not of this table: use it before it is dropped or renamed"
    near = closest(wrong, columns, 0.7)
    if not near and wrong.casefold() in TARGET_WORDS:
        near = around.target
    if near:
        return f"{wrong!r} is no column: use {near!r}"
    shown = ", ".join(repr(c) for c in columns[:12])
    return f"{wrong!r} is no column: use one of {shown}{', ...' if len(columns) > 12 else ''}"


def _file(match: re.Match[str], around: Around) -> str:
    wrong = match["name"]
    by_name = {path.rpartition("/")[2]: path for path in sorted(around.files)}
    near = closest(wrong.rpartition("/")[2], by_name, 0.5)
    if near:
        return f"{wrong} is not there: use ./{by_name[near]}"
    return f"{wrong} is not there: use one of {', '.join(f'./{f}' for f in sorted(around.files)[:8])}"


_RENAMED = {
    "squared": "mean_squared_error has no `squared`: use root_mean_squared_error",
    "sparse": "OneHotEncoder has no `sparse`: use sparse_output=False",
    "normalize": "linear models have no `normalize`: use a StandardScaler before them",
    "base_estimator": "`base_estimator` is gone: use estimator",
    "early_stopping_rounds": "`fit` takes no `early_stopping_rounds`: use it in the constructor (XGBoost), or "
    "callbacks=[lightgbm.early_stopping(50)] (LightGBM)",
    "verbose": "it takes no `verbose` here: take it out, or use it in the constructor",
    "error_bad_lines": "read_csv has no `error_bad_lines`: use on_bad_lines='skip'",
    "line_terminator": "to_csv has no `line_terminator`: use lineterminator",
    "infer_datetime_format": "to_datetime infers the format by itself: take infer_datetime_format out",
}


def _keyword(match: re.Match[str], around: Around) -> str:
    name = match["name"]
    return _RENAMED.get(name, f"there is no argument {name!r} in this version: take it out, or use its default")


_REMEDIES: tuple[tuple[re.Pattern[str], str | Remedy], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (
            r"inconsistent numbers of samples: \[(\d+), (\d+)\]",
            r"inconsistent numbers of samples, \1 and \2: use the same rows of features and target, and cut or sort "
            "none in one of them alone",
        ),
        (
            r"X has (\d+) features, but (\w+) is expecting (\d+) features",
            r"\1 features, but \3 when it was fitted: use the same columns, by the same steps, to fit and to predict",
        ),
        (
            r"feature names should match|columns are missing|Feature shape mismatch",
            "the feature names differ from those of the fit: use the same columns in the same order to fit and to "
            "predict, such as X_test[X.columns]",
        ),
        (
            r"could not convert string to float: (.{1,60})|pandas dtypes must be int, float or bool",
            "text columns reached the model: use an OrdinalEncoder(handle_unknown='use_encoded_value', "
            "unknown_value=-1) or a OneHotEncoder for them, or leave them out",
        ),
        (
            r"Input y contains NaN",
            "the target has missing values: take out rows without a target before the fit",
        ),
        (
            r"Input X? ?contains NaN|Input contains NaN|does not accept missing values",
            "missing values reached the model: use a SimpleImputer, or HistGradientBoosting, which takes them",
        ),
        (
            r"Found unknown categories|y contains previously unseen labels",
            "values that were not there at the fit: use handle_unknown='ignore' (OneHotEncoder) or "
            "handle_unknown='use_encoded_value', unknown_value=-1 (OrdinalEncoder)",
        ),
        (
            r"Unknown label type: .?continuous",
            "a classifier was given numbers: use a regressor, or make classes of the target first",
        ),
        (
            r"The least populated class(?:es)? in y ha|cannot be greater than the number of members in each class",
            "a class is too rare to be split: use no stratify, or KFold in place of StratifiedKFold",
        ),
        (
            r"multi_class must be in|multiclass format is not supported",
            "there are more than two classes: use predict_proba and roc_auc_score(..., multi_class='ovr')",
        ),
        (r"got an unexpected keyword argument '(?P<name>\w+)'", _keyword),
        (r"The 'max_features' parameter", "max_features='auto' is gone: use 'sqrt' or None"),
        (r"The 'loss' parameter", "this loss is gone: use 'log_loss' (classifiers) or 'squared_error' (regressors)"),
        (
            r"'(?:DataFrame|Series)' object has no attribute '(append|iteritems|ix)'",
            r"`.\1` is gone from pandas: use pd.concat for append, items for iteritems, loc for ix",
        ),
        (
            r"module 'numpy' has no attribute '(float|int|bool|object|str)'",
            r"np.\1 is gone: use \1",
        ),
        (r"has no attribute 'get_feature_names'\b", "get_feature_names is gone: use get_feature_names_out"),
        (r"No such file or directory: '(?P<name>[^']+)'", _file),
        (r"KeyError: \"\['(?P<name>[^']+)'", _column),
        (r"KeyError: '(?P<name>[^']+)'", _column),
        (
            r"No module named '([\w.]+)'",
            r"\1 is not installed: use a package that is told of above, such as scikit-learn",
        ),
        (
            r"cannot import name '(\w+)' from '([\w.]+)'",
            r"\2 has no \1: use a class that it has, or take the import out",
        ),
        (r"name '(\w+)' is not defined", r"\1 is not defined: add its import or its definition before it is used"),
        (
            r"failed to converge|ConvergenceWarning",
            "it did not converge: use a StandardScaler before it, and a larger max_iter",
        ),
        (
            r"^timeout",
            "it was killed at the time limit: use a smaller model, fewer rounds or folds, or a part of the rows; take "
            "out any search over settings and any loop that waits",
        ),
        (
            r"^out_of_memory|MemoryError",
            "it needed too much memory: use fewer or smaller columns (float32), sparse matrices, or a part of the rows",
        ),
    )
)
