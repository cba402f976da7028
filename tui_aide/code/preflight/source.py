"""A script as the checks read it: its nodes by type, where each stands, what names mean and what texts are."""

from __future__ import annotations

import ast
import builtins
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeVar

from tui_aide.code.preflight.scopes import Binding, Scopes

_DEEP = 40
_N = TypeVar("_N", bound=ast.AST)
Value = str | int | float | bool | PurePosixPath
PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"})
AS_TEXT = frozenset({"builtins.str", "os.fspath", "os.path.normpath", "posixpath.normpath"})


BUILDERS = PATHS | AS_TEXT | {"os.path.join"}
"""Calls that make a path of their arguments, and touch no file."""


class Source:
    """One script.

    Args:
        tree: its syntax.
        lazy_annotations: whether the interpreter leaves annotations unevaluated, as Python does from 3.14.
    """

    def __init__(self, tree: ast.Module, lazy_annotations: bool = False) -> None:
        self.tree = tree
        self.scopes = Scopes(tree, lazy_annotations)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._by_type: dict[type[ast.AST], list[ast.AST]] = {}
        stack: list[ast.AST] = [tree]
        while stack:
            node = stack.pop()
            self._by_type.setdefault(type(node), []).append(node)
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                stack.append(child)

    def all(self, *kinds: type[_N]) -> Iterator[_N]:
        """Yield every node of some types, in no order."""
        for kind in kinds:
            yield from self._by_type.get(kind, [])  # type: ignore[misc]

    def imports(self) -> Iterator[ast.Import | ast.ImportFrom]:
        """Yield every import statement."""
        yield from self.all(ast.Import)
        yield from self.all(ast.ImportFrom)

    def bindings(self, name: ast.Name) -> list[Binding]:
        """Return what binds a name that is read, empty where nothing does."""
        scope = self.scopes.resolve(name)
        return scope.bindings[name.id] if scope is not None else []

    def origin(self, node: ast.AST, depth: int = 0) -> str:
        """Return the dotted name that an expression stands for by the imports, such as "pandas.read_csv".

        Builtins have "builtins." before them; what is no imported name gives an empty string.
        """
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        root = self._root(node, depth)
        return ".".join([root, *reversed(names)]) if root else ""

    def _root(self, name: ast.Name, depth: int) -> str:
        bindings = self.bindings(name)
        if not bindings:
            return f"builtins.{name.id}" if hasattr(builtins, name.id) else ""
        found = {self._bound(b, depth) for b in bindings}
        return found.pop() if len(found) == 1 else ""

    def _bound(self, binding: Binding, depth: int) -> str:
        node = binding.node
        if isinstance(node, ast.alias):
            parent = self.parents[node]
            if isinstance(parent, ast.ImportFrom):
                return "" if parent.level else f"{parent.module}.{node.name}"
            return node.name if node.asname else node.name.partition(".")[0]
        if isinstance(binding.value, ast.Name | ast.Attribute) and depth < _DEEP:
            return self.origin(binding.value, depth + 1)
        return ""

    def value(self, node: ast.AST | None, depth: int = 0) -> Value | None:
        """Return what an expression evaluates to, where it is built of constants alone; None where that is not known.

        Names are followed where the script binds them once.
        """
        if node is None or depth > _DEEP:
            return None
        match node:
            case ast.Constant(value=str() | int() | float() as constant):
                return constant
            case ast.Name():
                bindings = self.bindings(node)
                return self.value(bindings[0].value, depth + 1) if len(bindings) == 1 else None
            case ast.JoinedStr():
                return self._formatted(node, depth)
            case ast.BinOp(op=ast.Add()):
                left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
                return left + right if isinstance(left, str) and isinstance(right, str) else None
            case ast.BinOp(op=ast.Div()):
                left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
                one_path = isinstance(left, PurePosixPath) or isinstance(right, PurePosixPath)
                both = isinstance(left, str | PurePosixPath) and isinstance(right, str | PurePosixPath)
                return PurePosixPath(str(left), str(right)) if one_path and both else None
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.Call():
                return self._call(node, depth)
        return None

    def text(self, node: ast.AST | None) -> str | None:
        """Return an expression's value as a path or text, None where it is not known to be one."""
        value = self.value(node)
        return str(value) if isinstance(value, str | PurePosixPath) else None

    def _formatted(self, node: ast.JoinedStr, depth: int) -> str | None:
        parts: list[str] = []
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue) and (piece.format_spec is not None or piece.conversion != -1):
                return None
            value = self.value(piece.value if isinstance(piece, ast.FormattedValue) else piece, depth + 1)
            if value is None:
                return None
            parts.append(str(value))
        return "".join(parts)

    def _attribute(self, node: ast.Attribute, depth: int) -> Value | None:
        """Return a constant that a class of the script holds, such as `CFG.data`, where it is bound nowhere else."""
        if not isinstance(node.value, ast.Name):
            return None
        bindings = self.bindings(node.value)
        if len(bindings) != 1 or not isinstance(owner := bindings[0].node, ast.ClassDef):
            return None
        if any(a.attr == node.attr and not isinstance(a.ctx, ast.Load) for a in self.all(ast.Attribute)):
            return None
        held = [
            s.value
            for s in owner.body
            if isinstance(s, ast.Assign | ast.AnnAssign)
            for target in (s.targets if isinstance(s, ast.Assign) else [s.target])
            if isinstance(target, ast.Name) and target.id == node.attr
        ]
        return self.value(held[0], depth + 1) if len(held) == 1 else None

    def _call(self, node: ast.Call, depth: int) -> Value | None:
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            return None
        function = self.origin(node.func)
        own = ""
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("joinpath", "as_posix", "__str__"):
            own = node.func.attr
        if function not in PATHS and function not in AS_TEXT and function != "os.path.join" and not own:
            return None
        values = [self.value(a, depth + 1) for a in node.args]
        parts = [str(v) for v in values if isinstance(v, str | PurePosixPath)]
        if len(parts) != len(values):
            return None
        if function in PATHS:
            return PurePosixPath(*parts)
        if function == "os.path.join" and parts:
            return posixpath.join(*parts)
        if function in AS_TEXT and len(parts) == 1:
            return posixpath.normpath(parts[0]) if function.endswith("normpath") else parts[0]
        base = self.value(node.func.value, depth + 1) if own and isinstance(node.func, ast.Attribute) else None
        if not isinstance(base, PurePosixPath):
            return None
        return base.joinpath(*parts) if own == "joinpath" else str(base)
