"""Which modules a zygote loads: the usual ones, and more as a search's scripts turn out to need them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable

USUAL = (
    *("argparse", "concurrent.futures", "csv", "datetime", "decimal", "gzip", "hashlib", "json", "logging"),
    *("multiprocessing", "multiprocessing.dummy", "multiprocessing.pool", "pathlib", "pickle", "random", "statistics"),
    *("subprocess", "tempfile", "traceback", "typing", "unittest.mock", "uuid", "zipfile"),
    *("numpy", "numpy.random", "numpy.linalg", "numpy.fft"),
    *("pandas", "pandas.io.formats.csvs", "pandas.io.formats.string"),
    *("scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats", "joblib"),
    *("sklearn.base", "sklearn.cluster", "sklearn.compose", "sklearn.decomposition", "sklearn.dummy"),
    *("sklearn.ensemble", "sklearn.feature_extraction.text", "sklearn.feature_selection", "sklearn.impute"),
    *("sklearn.isotonic", "sklearn.kernel_ridge", "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection"),
    *("sklearn.naive_bayes", "sklearn.neighbors", "sklearn.neural_network", "sklearn.pipeline"),
    *("sklearn.preprocessing", "sklearn.svm", "sklearn.tree"),
    "narwhals._pandas_like.dataframe",
)
"""Loaded from the start, where the interpreter has them."""

_LIBRARIES = {
    *("numpy", "pandas", "scipy", "sklearn", "joblib", "lightgbm", "xgboost", "catboost", "torch", "torchvision"),
    *("matplotlib", "seaborn", "statsmodels", "imblearn", "category_encoders", "PIL", "tqdm", "networkx"),
}
"""What more may be loaded: libraries that are forked well after they were imported. TensorFlow, JAX and Polars are not
among them, as they start threads."""
_BESIDE = {"torch": ("torch._dynamo",), "matplotlib.pyplot": ("matplotlib.backends.backend_agg",)}
"""What a module will load at its first use."""
_TIMES, _TIMES_OF_PART = 2, 5
"""Scripts that must have imported a module; more where its package is loaded anyway, as it then takes little time."""
_MOST = 40
_PACKAGES = {name.partition(".")[0] for name in USUAL}


_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w.,\t ]+))", re.MULTILINE)


def imported(code: str) -> set[str]:
    """Return the modules of the known libraries that lines of a script import, wherever in it; a cheap scan."""
    found: set[str] = set()
    for module, modules in _IMPORT.findall(code):
        found.update([module] if module else (part.split()[0] for part in modules.split(",") if part.strip()))
    return {name for name in found if name.partition(".")[0] in _LIBRARIES}


class Wanted:
    """Counts what scripts import, and says what a zygote should load.

    Attributes:
        refused: modules that are not to be loaded, as they cannot be, or start threads.
    """

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self._counts: Counter[str] = Counter()

    def note(self, code: str) -> None:
        """Count a script that is about to run."""
        self._counts.update(imported(code))

    def modules(self) -> list[str]:
        """Return what to load, the usual ones first."""
        often = [name for name, times in self._counts.most_common(_MOST) if times >= _needed(name)]
        more: Iterable[str] = (other for name in sorted(often) for other in (name, *_BESIDE.get(name, ())))
        return [name for name in dict.fromkeys((*USUAL, *more)) if name not in self.refused]

    def lacking(self, loaded: Iterable[str]) -> list[str]:
        """Return what should be loaded beside what is, with the packages that these are in."""
        there = set(loaded)
        there |= {name.rpartition(".")[0] for name in there}
        return [name for name in self.modules() if name not in there]


def _needed(name: str) -> int:
    return _TIMES_OF_PART if name.partition(".")[0] in _PACKAGES else _TIMES


def usable(loaded: Iterable[str]) -> bool:
    """Return whether it is worth forking from a process that has loaded these."""
    return any(name.partition(".")[0] not in sys.stdlib_module_names for name in loaded)
