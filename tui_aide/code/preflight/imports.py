"""Imports, and attributes of imported modules, that the target interpreter does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.library import Library
from tui_aide.code.preflight.nearest import hint, nearest
from tui_aide.code.preflight.reach import Reach, errors
from tui_aide.code.preflight.source import Source
from tui_aide.code.preflight.surroundings import Surroundings
from tui_aide.code.syntax import parsed

_IMPORT = errors("ImportError")
_ATTRIBUTE = errors("AttributeError")
_MOVED = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.externals": "joblib",
    "sklearn.externals.joblib": "joblib",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.ensemble.gradient_boosting": "sklearn.ensemble",
    "sklearn.metrics.scorer": "sklearn.metrics",
    "pandas.io.json.json_normalize": "pandas.json_normalize",
    "pandas.datetime": "datetime.datetime",
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "scipy.stats.median_absolute_deviation": "scipy.stats.median_abs_deviation",
    "collections.Iterable": "collections.abc.Iterable",
    "collections.Mapping": "collections.abc.Mapping",
    "collections.Callable": "collections.abc.Callable",
}
"""Names that older releases had, and what took their place."""
_SKLEARN = (
    *("preprocessing", "linear_model", "ensemble", "model_selection", "metrics", "impute", "compose", "pipeline"),
    *("decomposition", "neighbors", "svm", "tree", "feature_selection", "feature_extraction", "naive_bayes"),
    *("neural_network", "cluster", "dummy", "calibration", "gaussian_process", "discriminant_analysis"),
    *("kernel_ridge", "manifold", "mixture", "multiclass", "multioutput", "isotonic", "inspection", "datasets", "base"),
)
"""Where scikit-learn's names are at home; other modules only use them."""
_GONE_FROM_NUMPY = {"float": "float", "int": "int", "bool": "bool", "object": "object", "str": "str", "NaN": "np.nan"}


def imported_modules(code: str) -> frozenset[str]:
    """Return the dotted names of all modules that a script imports, and of names that may be submodules.

    Text that does not compile imports nothing.
    """
    tree = parsed(code)
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            found.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{a.name}" for a in node.names if a.name.islower())
    return frozenset(found)


def homes(modules: Iterable[str]) -> frozenset[str]:
    """Return the modules worth knowing where some do not exist: those that may have what was looked for there."""
    wanted = any(module.startswith("sklearn.") for module in modules)
    return frozenset(f"sklearn.{name}" for name in _SKLEARN) if wanted else frozenset()


def failing_imports(source: Source, surroundings: Surroundings, library: Library) -> frozenset[ast.AST]:
    """Return the import statements that are certain to fail if they run."""
    return frozenset(
        node for node in source.imports() if any(_wrong(node, alias, library, surroundings) for alias in node.names)
    )


def check_imports(source: Source, reach: Reach, surroundings: Surroundings, library: Library) -> Iterator[Finding]:
    """Yield imports that fail, where nothing catches it, and attributes that imported modules lack."""
    path_changes = any(source.origin(a).startswith("sys.path") for a in source.all(ast.Attribute))
    for node in source.imports():
        told: set[str] = set()
        for alias in node.names:
            message = _wrong(node, alias, library, None if path_changes else surroundings)
            if message and message not in told and reach.certain(node, _IMPORT):
                told.add(message)
                yield Finding("import", node.lineno, message)
    yield from _attributes(source, reach, library)


def _wrong(node: ast.Import | ast.ImportFrom, alias: ast.alias, library: Library, around: Surroundings | None) -> str:
    """Return what is wrong with an import, empty where nothing is known to be.

    Without `around`, modules may lie anywhere.
    """
    if isinstance(node, ast.ImportFrom):
        if node.level or not node.module:
            return ""
        module = node.module
    else:
        module = alias.name
    missing = _missing(module, library)
    if missing:
        own = "." not in missing and (around is None or around.module(missing))
        if own:
            return ""
        instead = _elsewhere(missing, alias.name, library) if isinstance(node, ast.ImportFrom) else ""
        return f"no module {missing!r}{instead or _other_module(missing, library)}"
    if isinstance(node, ast.Import) or alias.name == "*":
        return ""
    return _lacks(module, alias.name, library)


def _missing(module: str, library: Library) -> str:
    """Return the shortest part of a dotted name that is no module, empty where none is known to be missing."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        if library.exists(name) is False:
            return name
    return ""


def _lacks(module: str, name: str, library: Library) -> str:
    names = library.names(module)
    if names is None or name in names or library.exists(f"{module}.{name}"):
        return ""
    return f"{module} has no {name!r}{_other_name(module, name, names, library)}"


def _elsewhere(missing: str, name: str, library: Library) -> str:
    """Return where a name of a package's missing submodule is at home, or the nearest name that there is."""
    package = missing.partition(".")[0]
    if package == missing or missing in _MOVED or name == "*":
        return ""
    if home := home_of(name, package, library):
        return f": use {home}, which has {name!r}"
    if package != "sklearn":
        return ""
    known = {
        n: f"sklearn.{m}" for m in reversed(_SKLEARN) for n in library.names(f"sklearn.{m}") or () if n[:1].isupper()
    }
    near = nearest(name, known, 0.6)
    return f": use {known[near]}, which has {near!r}" if near else ""


def _other_module(missing: str, library: Library) -> str:
    moved = _MOVED.get(missing, "")
    if moved and library.exists(moved.partition(".")[0]) is not False:
        return hint(moved)
    parent, _, last = missing.rpartition(".")
    if not parent:
        return hint(nearest(last, library.modules(), 0.8)) or " is installed: use another package"
    near = nearest(last, library.names(parent) or ())
    return hint(f"{parent}.{near}") if near else f": {parent!r} has no such submodule; use another, or leave it out"


def _other_name(module: str, name: str, names: frozenset[str], library: Library) -> str:
    if module == "numpy" and name in _GONE_FROM_NUMPY:
        return f": write {_GONE_FROM_NUMPY[name]}"
    if moved := _MOVED.get(f"{module}.{name}"):
        return hint(moved)
    if home := home_of(name, module.partition(".")[0], library):
        return hint(f"{home}.{name}")
    near = nearest(name, (n for n in names if n.startswith("_") == name.startswith("_")))
    return hint(near) or ": import another name"


def home_of(name: str, package: str, library: Library) -> str:
    """Return the public module of a package that has a name, as far as it is known; empty where none has."""
    names = library.names(package) or frozenset()
    for part in _SKLEARN if package == "sklearn" else sorted(names):
        module = f"{package}.{part}"
        if part in names and not part.startswith("_") and name in (library.names(module) or ()):
            return module
    return ""


def _attributes(source: Source, reach: Reach, library: Library) -> Iterator[Finding]:
    stored = {a.attr for a in source.all(ast.Attribute) if not isinstance(a.ctx, ast.Load)}
    for node in source.all(ast.Attribute):
        if node.attr in stored or node.attr.startswith("_"):
            continue
        module = source.origin(node.value)
        if not module or module.startswith("builtins."):
            continue
        message = _lacks(module, node.attr, library)
        if message and reach.certain(node, _ATTRIBUTE):
            yield Finding("import", node.lineno, message)
