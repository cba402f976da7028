"""The packages that a script needs, from its imports: which distribution has a module, and which it can do without."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping

from tui_aide.code.syntax import parsed

_DISTRIBUTIONS = {
    "attr": "attrs",
    "autogluon": "autogluon.tabular",
    "Bio": "biopython",
    "bs4": "beautifulsoup4",
    "category_encoders": "category-encoders",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "implicit": "implicit",
    "Levenshtein": "levenshtein",
    "mpl_toolkits": "matplotlib",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pylab": "matplotlib",
    "pytorch_lightning": "pytorch-lightning",
    "pytorch_tabnet": "pytorch-tabnet",
    "rapidfuzz": "rapidfuzz",
    "rdkit": "rdkit",
    "sentence_transformers": "sentence-transformers",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "surprise": "scikit-surprise",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
"""Distributions whose name is not that of their module."""

_VARIANTS = {"opencv-python": ("opencv-python", "opencv-python-headless", "opencv-contrib-python")}
"""Distributions that have the same modules; the one that is installed is named."""

_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def requirements(code: str, installed: Mapping[str, str]) -> list[str]:
    """Return the requirements of a script as PEP 508 has them, sorted.

    A module whose import may fail, as a handler catches that, is required only where it is known to be installed.

    Args:
        code: the script; text that does not compile requires nothing.
        installed: versions by normalised name, as far as they are known; those have their versions pinned.
    """
    found: dict[str, str] = {}
    for module, optional in _imports(code):
        name = distribution(module, installed)
        version = installed.get(_normalised(name))
        if version is not None:
            found[name] = f"{name}=={version.partition('+')[0]}"  # a local version is on no index
        elif not optional:
            found[name] = name
    return [found[name] for name in sorted(found)]


def distribution(module: str, installed: Mapping[str, str] | None = None) -> str:
    """Return the name of the distribution that has a top-level module, among equals the one that is installed."""
    name = _DISTRIBUTIONS.get(module) or _normalised(module)
    for variant in _VARIANTS.get(name, ()):
        if installed and variant in installed:
            return variant
    return name


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imports(code: str) -> Iterator[tuple[str, bool]]:
    """Yield the top-level modules outside of the standard library that a script imports, and whether it may fail."""
    tree = parsed(code)
    if tree is None:
        return
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, optional = stack.pop()
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            modules = [node.module]
        for module in modules:
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names:
                yield top, optional
        tried = node.body if isinstance(node, ast.Try) and any(map(_catches, node.handlers)) else []
        stack.extend((child, optional or child in tried) for child in ast.iter_child_nodes(node))


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(k, ast.Name) and k.id in _CATCHING for k in kinds)
