"""Columns that a table does not have, where its file is known and nothing in the script can add them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tui_aide.code.preflight.file_calls import FileCall
from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.nearest import hint, nearest, words
from tui_aide.code.preflight.reach import Reach, errors
from tui_aide.code.preflight.scopes import Binding
from tui_aide.code.preflight.source import Source
from tui_aide.code.preflight.surroundings import TARGET_WORDS, Surroundings, normalised

_MISSING = errors("KeyError", "LookupError")
_HARMLESS = words(
    "sep delimiter encoding dtype na_values keep_default_na low_memory nrows engine memory_map skipinitialspace "
    "parse_dates dayfirst true_values false_values thousands decimal quotechar encoding_errors on_bad_lines "
    "filepath_or_buffer na_filter cache_dates dtype_backend"
)
_RENAMING = frozenset({"rename", "reset_index", "set_index", "eval", "insert", "set_axis", "update", "setattr", "pop"})


def check_columns(source: Source, calls: list[FileCall], reach: Reach, around: Surroundings) -> Iterator[Finding]:
    """Yield reads of columns that are in no file and that no statement adds."""
    tables = {c.node: p for c in calls if (p := _table(c, source, around)) is not None}
    if not tables or _reshapes(source):
        return
    frames = _frames(source, tables)
    reads: list[tuple[ast.Constant, str, str]] = []
    for subscript in source.all(ast.Subscript):
        if not isinstance(subscript.ctx, ast.Load) or not isinstance(subscript.value, ast.Name):
            continue
        bindings = source.bindings(subscript.value)
        file = frames.get(bindings[0].node) if len(bindings) == 1 else None
        if file is not None:
            reads += [(key, subscript.value.id, file) for key in _keys(subscript.slice)]
    own = {id(key) for key, _, _ in reads}
    elsewhere = {c.value for c in source.all(ast.Constant) if isinstance(c.value, str) and id(c) not in own}
    stored = _stored(source)
    for key, name, file in reads:
        column = key.value
        if column in around.files[file] or column in stored or not reach.certain(key, _MISSING):
            continue
        if column == around.target or column in around.targets:
            a = "a" if around.targets else "the"
            message = f"{name} has no column {column!r}: it is {a} target, which {file} does not have"
        elif column in elsewhere:
            continue
        else:
            near = nearest(str(column), around.files[file], 0.6)
            called_so = str(column).casefold() in TARGET_WORDS and around.target in around.files[file]
            target = f"; the target is called {around.target!r}: use that" if called_so and not near else ""
            message = f"{name} has no column {column!r}, as {file} has none{hint(near)}{target}"
        yield Finding("column", key.lineno, message)


def _table(call: FileCall, source: Source, around: Surroundings) -> str | None:
    """Return the known file that a call of `pd.read_csv` reads with the columns that it has, else None."""
    if source.origin(call.node.func) != "pandas.read_csv" or call.path is None or len(call.node.args) > 1:
        return None
    if not all(k.arg in _HARMLESS for k in call.node.keywords):
        return None
    if any(k.arg == "parse_dates" and not isinstance(k.value, ast.List) for k in call.node.keywords):
        return None
    path = normalised(call.path)
    return path if path is not None and around.files.get(path) else None


def _frames(source: Source, tables: dict[ast.Call, str]) -> dict[ast.AST, str]:
    """Return the bindings of names that hold such a table, with its file."""
    every = (b for scope in source.scopes.all for bound in scope.bindings.values() for b in bound)
    return {b.node: tables[b.value] for b in every if isinstance(b.value, ast.Call) and b.value in tables}


def _keys(key: ast.expr) -> list[ast.Constant]:
    """Return the column names of `frame["a"]` and `frame[["a", "b"]]`."""
    parts = key.elts if isinstance(key, ast.List) else [key]
    return [p for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def _reshapes(source: Source) -> bool:
    """Whether any table may get columns in place whose names are not known."""
    if any(a.attr in ("columns", "__dict__") and isinstance(a.ctx, ast.Store) for a in source.all(ast.Attribute)):
        return True
    for call in source.all(ast.Call):
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        in_place = any(k.arg == "inplace" for k in call.keywords)
        if name in ("exec", "setattr", "locals", "globals") or (name in _RENAMING and in_place):
            return True
        if name == "insert" and len(call.args) > 1 and not isinstance(call.args[1], ast.Constant):
            return True
    return any(
        isinstance(s.ctx, ast.Store) and _computed(s.slice) and _may_be_table(s.value, source)
        for s in source.all(ast.Subscript)
    )


def _computed(key: ast.expr) -> bool:
    if isinstance(key, ast.Tuple):
        return bool(key.elts) and _computed(key.elts[-1])
    return not isinstance(key, ast.Constant | ast.Slice)


def _may_be_table(stored: ast.expr, source: Source) -> bool:
    """Whether what is stored into may be a table: an array or a dict that the script made is none."""
    while isinstance(stored, ast.Attribute | ast.Subscript):
        stored = stored.value
    if not isinstance(stored, ast.Name):
        return True
    scope = source.scopes.resolve(stored)
    return scope is None or not all(_made_here(b, source) for b in scope.bindings[stored.id])


def _made_here(binding: Binding, source: Source) -> bool:
    value = binding.value
    if isinstance(value, ast.Call):
        origin = source.origin(value.func)
        return origin.startswith(("numpy.", "collections.", "builtins.dict", "builtins.list", "pandas.Series"))
    return isinstance(value, ast.Dict | ast.List | ast.DictComp | ast.ListComp | ast.BinOp | ast.Constant)


def _stored(source: Source) -> set[str]:
    """Return every literal name under which something is stored, by subscript, `insert` or `.loc`."""
    names: set[str] = set()
    for subscript in source.all(ast.Subscript):
        if isinstance(subscript.ctx, ast.Store):
            keys = subscript.slice.elts if isinstance(subscript.slice, ast.Tuple | ast.List) else [subscript.slice]
            names.update(t for k in keys if (t := source.text(k)) is not None)
            names.update(str(k.value) for inner in keys if isinstance(inner, ast.List) for k in _keys(inner))
    for call in source.all(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "insert" and len(call.args) > 1:
            names.update(str(k.value) for k in _keys(call.args[1]))
    return names
