"""Whether a script writes its submission, and where."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from tui_aide.code.preflight.file_calls import FileCall
from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.source import Source
from tui_aide.code.preflight.surroundings import PLACES, Surroundings

_NAME = "submission.csv"
_ELSEWHERE = ("os.chdir", "contextlib.chdir", "os.system", "subprocess.", "runpy.", "builtins.exec", "importlib.")
"""Calls by which anything may be written."""
_TELLING = frozenset({"print", "info", "debug", "warning", "error", "log", "write_line"})


def check_submission(
    source: Source, calls: Sequence[FileCall], origins: frozenset[str], around: Surroundings
) -> Iterator[Finding]:
    """Yield a finding where no call can write ./submission.csv, or it is written where nobody looks."""
    if any(o.startswith(_ELSEWHERE) for o in origins) or _own_modules(source, around):
        return
    writes = [c for c in calls if c.action in ("write", "other")]
    paths = {posixpath.normpath(c.path): c for c in writes if c.path and not c.path.endswith("/")}
    computed = any(c.action == "write" and c.path is None and _can_be_path(c.node) for c in writes)
    if computed or any(place in paths for place in PLACES):
        return
    astray = [(c.node.lineno, c) for p, c in paths.items() if posixpath.basename(p) == _NAME and not _tells(c.node)]
    if astray:
        line, call = min(astray, key=lambda found: found[0])
        yield Finding("submission", line, f"{call.path} is not looked at: write ./{_NAME}")
    elif not _mentions(source):
        others = sorted((c.node.lineno, c.path) for c in writes if c.action == "write" and c.path and "sub" in c.path)
        if others:
            yield Finding("submission", others[-1][0], f"{others[-1][1]} is not looked at: write ./{_NAME}")
        else:
            yield Finding(
                "submission", 0, f"./{_NAME} is never written: end with `submission.to_csv({_NAME!r}, index=False)`"
            )


def _own_modules(source: Source, around: Surroundings) -> bool:
    names = [a.name.partition(".")[0] for node in source.all(ast.Import) for a in node.names]
    names += [node.module.partition(".")[0] for node in source.all(ast.ImportFrom) if node.module]
    return any(around.module(name) for name in names)


def _can_be_path(call: ast.Call) -> bool:
    """Whether a table is written to something; `frame.to_csv()` only returns text."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in ("write_text", "write_bytes", "open", "touch") or bool(call.args or call.keywords)


def _mentions(source: Source) -> bool:
    """Whether any text but messages and docstrings names the submission, so that a path may be built of it."""
    for constant in source.all(ast.Constant):
        text = constant.value
        if not isinstance(text, str) or posixpath.basename(text) != _NAME:
            continue
        if not isinstance(source.parents.get(constant), ast.Expr) and not _told(source, constant):
            return True
    return False


def _told(source: Source, node: ast.AST) -> bool:
    """Whether a text is part of what is printed."""
    parent = source.parents.get(node)
    while isinstance(parent, ast.expr):
        if isinstance(parent, ast.Call):
            return _tells(parent)
        parent = source.parents.get(parent)
    return False


def _tells(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _TELLING
