"""Names that are read and never bound: a NameError for sure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.imports import home_of
from tui_aide.code.preflight.library import Library
from tui_aide.code.preflight.nearest import hint, nearest, words
from tui_aide.code.preflight.reach import Reach, errors
from tui_aide.code.preflight.source import Source

_UNDEFINED = errors("NameError")
_GIVEN = frozenset(dir(builtins)) | words(
    "__file__ __name__ __doc__ __builtins__ __spec__ __loader__ __package__ __annotations__ __debug__ __class__ "
    "__module__ __qualname__ __path__ __cached__ __dict__ __conditional_annotations__ WindowsError"
)
_DYNAMIC = frozenset(f"builtins.{n}" for n in ("exec", "eval", "globals", "locals", "vars", "setattr", "__import__"))
_ALIASES = {
    **{"pd": "import pandas as pd", "np": "import numpy as np", "plt": "import matplotlib.pyplot as plt"},
    **{"sns": "import seaborn as sns", "lgb": "import lightgbm as lgb", "xgb": "import xgboost as xgb"},
    **{"cb": "import catboost as cb", "tf": "import tensorflow as tf", "nn": "from torch import nn"},
    **{"F": "import torch.nn.functional as F", "stats": "from scipy import stats", "pl": "import polars as pl"},
    **{"tqdm": "from tqdm import tqdm", "Path": "from pathlib import Path", "partial": "from functools import partial"},
    **{"reduce": "from functools import reduce", "datetime": "from datetime import datetime"},
    **{"timedelta": "from datetime import timedelta", "sqrt": "from math import sqrt", "sp": "import scipy as sp"},
    **{n: f"from collections import {n}" for n in ("defaultdict", "Counter", "OrderedDict", "deque", "namedtuple")},
    **{n: f"from itertools import {n}" for n in ("combinations", "product", "chain", "permutations")},
    **{n: f"from dataclasses import {n}" for n in ("dataclass", "field")},
    **{n: f"from typing import {n}" for n in ("Any", "Optional", "List", "Dict", "Tuple", "Union", "Callable")},
}
"""What scripts call things that they forgot to import."""
_MODULES = words(
    "os sys re json math time random gc csv glob pickle warnings itertools functools collections logging argparse "
    "string copy shutil subprocess tempfile datetime pathlib statistics typing joblib scipy sklearn torch numpy pandas "
    "lightgbm xgboost catboost optuna zipfile gzip io contextlib operator hashlib traceback multiprocessing"
)


def check_names(source: Source, reach: Reach, library: Library) -> Iterator[Finding]:
    """Yield each name that nothing binds, once, where it is first read."""
    scopes = source.scopes
    if scopes.star or any(source.origin(n) in _DYNAMIC for n in scopes.reads):
        return
    first: dict[str, ast.Name] = {}
    for name in sorted(scopes.reads, key=lambda n: (n.lineno, n.col_offset)):
        unknown = name.id not in first and name.id not in _GIVEN and scopes.resolve(name) is None
        if unknown and reach.possible(name, _UNDEFINED):
            first[name.id] = name
    for name in first.values():
        yield Finding("name", name.lineno, f"name {name.id!r} is not defined{_remedy(name, source, library)}")


def _remedy(name: ast.Name, source: Source, library: Library) -> str:
    if name.id in _ALIASES:
        return f": add `{_ALIASES[name.id]}`"
    if name.id in _MODULES:
        return f": add `import {name.id}`"
    named = name.id[:1].isupper() or "_" in name.id
    if named and (home := home_of(name.id, "sklearn", library)):
        return f": add `from {home} import {name.id}`"
    bound = {b for scope in source.scopes.reads[name].chain() for b in scope.bindings}
    builtin = {b for b in _GIVEN if b[0] == name.id[0]}
    return hint(nearest(name.id, bound) or nearest(name.id, builtin, 0.8)) or ": define it before it is read"
