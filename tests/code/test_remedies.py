"""Remedies beside tracebacks: real failures of real libraries, told with what to write instead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui_aide.code.remedies import remedy

COLUMNS = ("age", "income", "city", "label")
FILES = ("input/train.csv", "input/test.csv")

HEAD = """
import numpy as np, pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_squared_error, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
frame = pd.DataFrame({"age": [1.0, 2, 3, 4, 5, 6], "city": list("aabbcc")})
label = np.array([0, 1, 0, 1, 0, 1])
"""

REAL = {
    "RandomForestClassifier().fit(frame[['age']], label[:-1])": "use the same rows of features and target",
    "m = LinearRegression().fit(np.ones((6, 2)), label); m.predict(np.ones((6, 3)))": "2 when it was fitted",
    "m = LinearRegression().fit(frame[['age']], label); m.predict(frame.rename(columns={'age': 'x'})[['x']])": (
        "use the same columns in the same order"
    ),
    "LogisticRegression().fit(frame[['city']], label)": "use an OrdinalEncoder",
    "LogisticRegression().fit(frame[['age']].replace(1.0, np.nan), label)": "use a SimpleImputer",
    "LinearRegression().fit(frame[['age']], np.array([np.nan, 1, 2, 3, 4, 5]))": "take out rows without a target",
    "OneHotEncoder().fit(frame[['city']]).transform(pd.DataFrame({'city': ['z']}))": "handle_unknown='ignore'",
    "RandomForestClassifier().fit(frame[['age']], np.arange(6) / 7)": "use a regressor",
    "train_test_split(frame, stratify=[0, 1, 1, 1, 1, 1])": "use no stratify",
    "roc_auc_score([0, 1, 2], np.ones((3, 3)) / 3)": "multi_class='ovr'",
    "mean_squared_error([1], [2], squared=False)": "use root_mean_squared_error",
    "OneHotEncoder(sparse=False)": "use sparse_output=False",
    "RandomForestRegressor(max_features='auto').fit(frame[['age']], label)": "use 'sqrt'",
    "frame.append(frame)": "use pd.concat",
    "np.float(3)": "np.float is gone: use float",
    "pd.read_csv('./data/train.csv')": "./data/train.csv is not there: use ./input/train.csv",
    "frame['incme']": "'incme' is no column: use 'income'",
    "frame[['age', 'target']]": "'target' is no column: use 'label'",
    "frame['height']": "'height' is no column: use one of 'age', 'income', 'city', 'label'",
    "frame['income']": "but not of this table",
    "import tabular_boost": "tabular_boost is not installed: use a package",
    "from sklearn.preprocessing import RobustTargetScaler": "sklearn.preprocessing has no RobustTargetScaler",
    "undefined_thing": "undefined_thing is not defined: add its import",
    "StratifiedKFold(bogus=3)": "there is no argument 'bogus'",
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What each of the failing lines prints, from one process."""
    code = HEAD + (
        "import sys, traceback\n"
        "for line in sys.stdin.read().split('\\0'):\n"
        "    try:\n"
        "        exec(line)\n"
        "        print('no error', end='\\0')\n"
        "    except Exception:\n"
        "        print(traceback.format_exc(), end='\\0')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        input="\0".join(REAL),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(REAL, done.stdout.split("\0"), strict=False))


@pytest.mark.parametrize("line", REAL)
def test_a_real_failure_is_told_with_what_to_write_instead(line: str, outputs: dict[str, str]) -> None:
    output = outputs[line]
    assert "Traceback" in output, output
    message = [row for row in output.splitlines() if row.strip()][-1]
    told = remedy(f"crash. {message}", output, COLUMNS, FILES, "label")
    assert REAL[line] in told, (message, told)
    assert "\n" not in told


def test_limits_are_told_with_what_helps() -> None:
    assert "use a smaller model" in remedy("timeout. killed after 600 s", "", COLUMNS, FILES)
    assert "float32" in remedy("out_of_memory. killed at 2.0 GB", "", COLUMNS, FILES)


def test_what_is_not_known_is_not_guessed() -> None:
    assert remedy("crash. RuntimeError: odd", "Traceback (most recent call last):\nRuntimeError: odd", (), ()) == ""
    assert remedy("crash. ", "KeyError: 'a'\nTraceback (most recent call last):\nRuntimeError: odd", (), ()) == ""
