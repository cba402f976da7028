"""A bank: the working scripts that the coder knows for one task, poorest first, each cut into five parts.

A script is one way to make features and one model. All scripts of a task share the names that pass from part to part:
`train`, `test` (load), `X`, `y`, `X_test` (features), `model` (model, then fitted in train); so parts of two scripts
fit together, and a part says in a printed line which features or which model it has.
"""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

PARTS = ("load", "features", "model", "train", "predict")
"""The parts of every script, in order; their texts concatenated are the script."""

_FEATURES = re.compile(r"features: ([\w, -]+)")
_MODEL = re.compile(r"model: ([\w, -]+)")

_LOAD = """\
import numpy as np
import pandas as pd

train = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test.csv")
print("rows:", len(train), "to learn from,", len(test), "to predict")

"""

_TRAIN = """\
from sklearn.model_selection import train_test_split

fit_X, val_X, fit_y, val_y = train_test_split(X, y, test_size=0.2, random_state=0)
model.fit(fit_X, fit_y)
print("validation score:", float(np.round(model.score(val_X, val_y), 4)))
model.fit(X, y)

"""


class Level(msgspec.Struct, frozen=True):
    """One script of the bank: names of its features and of its model."""

    features: str
    model: str


class Bank(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the coder knows of a task.

    Attributes:
        task: the bundled task's name.
        target: the column to predict; `id` names a row.
        features: text that makes `X`, `y`, `X_test`, by name.
        models: text that makes `model`, by name.
        levels: the scripts, poorest first, best last.
        predict: text that writes the submission.
    """

    task: str
    target: str
    id: str
    features: dict[str, str]
    models: dict[str, str]
    levels: tuple[Level, ...]
    predict: str

    def parts(self, level: int) -> dict[str, str]:
        """Return the text of each part of a script, by the part's name."""
        chosen = self.levels[level]
        return {
            "load": _LOAD,
            "features": f'{self.features[chosen.features]}print("features: {chosen.features}")\n\n',
            "model": f'{self.models[chosen.model]}print("model: {chosen.model}")\n\n',
            "train": _TRAIN,
            "predict": self.predict,
        }

    @cached_property
    def _named(self) -> dict[Level, int]:
        return {level: i for i, level in enumerate(self.levels)}

    def level_of(self, code: str) -> int | None:
        """Return which script a text is, by its printed lines; None for a text that is none of the bank.

        A script with the features of one and the model of another counts as the best that has its model; one whose
        model is not written yet, as the poorest that has its features.
        """
        features, model = _FEATURES.search(code), _MODEL.search(code)
        first, second = features[1] if features else "", model[1] if model else ""
        exact = self._named.get(Level(first, second))
        if exact is not None:
            return exact
        if second in self.models:
            return max(i for i, level in enumerate(self.levels) if level.model == second)
        return next((i for i, level in enumerate(self.levels) if level.features == first), None)
