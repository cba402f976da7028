"""What models are told of the Python that scripts run with: its version, and the packages that matter to them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tui_aide.code.extraction import Extraction
from tui_aide.code.syntax import syntax_error
from tui_aide.execution.interpreter import Interpreter, compile_error, find_interpreter
from tui_aide.models.chat import Limits, ScriptPython

NEEDED = ("pandas", "numpy", "scikit-learn")
"""What nearly every script imports."""

_KNOWN = (
    *NEEDED,
    *("scipy", "lightgbm", "xgboost", "catboost", "torch", "torchvision", "torchaudio", "tensorflow", "keras", "jax"),
    *("flax", "transformers", "sentence-transformers", "timm", "tabpfn", "autogluon-tabular", "pytorch-lightning"),
    *("lightning", "fastai", "polars", "pyarrow", "statsmodels", "category-encoders", "imbalanced-learn", "optuna"),
    *("nltk", "spacy", "gensim", "pillow", "opencv-python", "opencv-python-headless", "scikit-image", "librosa"),
    *("networkx", "umap-learn", "sktime", "prophet", "cudf", "cuml", "cupy", "numba", "matplotlib", "seaborn"),
)
"""Packages that scripts are made of, the most telling first."""

_TOOLS = {
    *("pip", "setuptools", "wheel", "uv", "tui-aide", "pytest", "mypy", "ruff", "black", "ipython", "ipykernel"),
    *("jupyter", "jupyterlab", "notebook", "virtualenv", "pre-commit", "import-linter", "build", "twine", "ray"),
    "docker",
}
"""What people install for themselves, and scripts have no use for."""

_MOST = 30


def script_python(python: Path | Interpreter | None = None) -> ScriptPython:
    """Return what a prompt may tell of a Python, by default of the one that runs this; asked once a process.

    Raises:
        ExecutionError: it cannot be asked.
    """
    found = python if isinstance(python, Interpreter) else find_interpreter(python)
    known = [name for name in _KNOWN if name in found.packages]
    others = [name for name in found.chosen if name not in known and name not in _TOOLS]
    told = {name: found.packages[name] for name in [*known, *others][:_MOST]}
    return ScriptPython(str(found.path), found.version, told, found.elsewhere, found.modules if found.elsewhere else ())


def python_of(limits: Limits) -> ScriptPython:
    """Return the Python that scripts under these limits run with."""
    return limits.python or script_python()


def packages_in_words(packages: Mapping[str, str]) -> str:
    """Return packages with their versions as prose."""
    return ", ".join(f"{name} {version}" for name, version in packages.items()) or "none"


def lacking(packages: Mapping[str, str]) -> list[str]:
    """Return which of the packages that nearly every script imports are not there."""
    return [name for name in NEEDED if name not in packages]


def checked_syntax(code: str, limits: Limits) -> str | None:
    """Return why a script does not compile in the Python that will run it; None where it does."""
    other = _other_release(limits)
    return syntax_error(code) if other is None else _compile_error(other, code)


def judged(found: Extraction, limits: Limits) -> Extraction:
    """Return what an answer holds, its script's syntax being judged by the Python that will run it."""
    other = _other_release(limits)
    if other is None or found.code is None or found.problem not in (None, "syntax"):
        return found
    error = _compile_error(other, found.code)
    return Extraction(found.plan, found.code, "syntax" if error else None, error or "")


def _compile_error(python: ScriptPython, code: str) -> str | None:
    """Return why a script does not compile there; None where it does, or where that cannot be asked here."""
    return None if python.elsewhere else compile_error(Path(python.path), code)


def _other_release(limits: Limits) -> ScriptPython | None:
    """Return the Python of scripts where its language may differ from that of the one that runs this."""
    if limits.python is None or limits.python.release == sys.version_info[:2]:
        return None
    return limits.python
