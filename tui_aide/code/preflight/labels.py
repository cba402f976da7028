"""Look-ups of public data sets, whose labels may be those that are to be predicted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.source import Source

_OURS = "tui_aide"
_IMPORTERS = frozenset({"importlib.import_module", "builtins.__import__", "__import__", "runpy.run_module"})
_OWN_FILES = frozenset(
    f"sklearn.datasets.{n}"
    for n in ("load_files", "load_svmlight_file", "load_svmlight_files", "load_sample_image", "load_sample_images")
)
_MAKERS = frozenset({"FakeData", "ImageFolder", "DatasetFolder", "VisionDataset", "folder", "utils", "vision"})
_LOADERS = ("seaborn.load_dataset", "datasets.load_dataset", "openml.datasets.", "vega_datasets.", "pydataset.")
_COLLECTIONS = ("tensorflow.keras.datasets.", "keras.datasets.", "tensorflow_datasets.load", "statsmodels.datasets.")


def check_labels(source: Source) -> Iterator[Finding]:
    """Yield each line that loads a public data set, or imports this package, which makes the bundled tasks.

    What only imports a loader of data sets is left alone.
    """
    lines: set[int] = set()
    for line in _imports_of_ours(source):
        if line not in lines:
            lines.add(line)
            yield Finding("labels", line, "scripts cannot import tui_aide: learn from the files in ./input alone")
    for call in source.all(ast.Call):
        origin = source.origin(call.func)
        if _bundled(origin) and call.lineno not in lines:
            lines.add(call.lineno)
            yield Finding("labels", call.lineno, f"{origin} looks up labels: learn from the files in ./input alone")


def _imports_of_ours(source: Source) -> Iterator[int]:
    for statement in source.all(ast.Import):
        if any(alias.name.partition(".")[0] == _OURS for alias in statement.names):
            yield statement.lineno
    for origin in source.all(ast.ImportFrom):
        if not origin.level and (origin.module or "").partition(".")[0] == _OURS:
            yield origin.lineno
    for call in source.all(ast.Call):
        if source.origin(call.func) in _IMPORTERS and call.args:
            name = source.text(call.args[0])
            if name is not None and name.partition(".")[0] == _OURS:
                yield call.lineno


def _bundled(origin: str) -> bool:
    package, _, name = origin.rpartition(".")
    if package.startswith("sklearn.datasets"):
        return name.startswith(("load_", "fetch_")) and origin not in _OWN_FILES
    if package.startswith("torchvision.datasets"):
        return name[:1].isupper() and name not in _MAKERS
    return origin.startswith((*_LOADERS, *_COLLECTIONS, "statsmodels.api.datasets."))
