"""Whether code of a script is certain to run, and whether its errors are caught."""

from __future__ import annotations

import ast

from tui_aide.code.preflight.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
_ALWAYS = frozenset({"Exception", "BaseException"})
_FINER = {"ImportError": ("ModuleNotFoundError",), "OSError": ("FileNotFoundError", "IOError", "EnvironmentError")}


def errors(*names: str) -> frozenset[str]:
    """Return the names under which an `except` clause catches an error of one of these classes."""
    return frozenset(names).union(_ALWAYS, *(_FINER.get(n, ()) for n in names))


class Reach:
    """Answers for one script, each worked out once.

    Args:
        source: the script.
        failing: imports that are certain to fail, so that what handles their error runs.
    """

    def __init__(self, source: Source, failing: frozenset[ast.AST] = frozenset()) -> None:
        self._source = source
        self._failing = failing
        self._known: dict[tuple[ast.AST, frozenset[str], bool], bool] = {}
        self._names: dict[str, list[ast.AST]] | None = None

    def certain(self, node: ast.AST, caught: frozenset[str]) -> bool:
        """Whether a node is certain to be evaluated, with nothing around it that catches errors of these names."""
        return self._reached(node, caught, strict=True)

    def possible(self, node: ast.AST, caught: frozenset[str]) -> bool:
        """Whether a node may be evaluated under some condition, its errors uncaught; never in code without callers."""
        return self._reached(node, caught, strict=False)

    def _reached(self, node: ast.AST, caught: frozenset[str], strict: bool) -> bool:
        child, parents = node, self._source.parents
        while (parent := parents.get(child)) is not None:
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and child in parent.body:
                return self._runs(parent, caught, strict)
            if not self._passes(child, parent, caught, strict):
                return False
            child = parent
        return True

    def _passes(self, child: ast.AST, parent: ast.AST, caught: frozenset[str], strict: bool) -> bool:
        """Whether a parent node leads to its child."""
        match parent:
            case ast.Try() | ast.TryStar():
                if isinstance(child, ast.ExceptHandler):
                    return any(s in self._failing for s in parent.body)
                return child not in parent.body or not any(self._catches(h.type, caught) for h in parent.handlers)
            case ast.With() | ast.AsyncWith():
                return child not in parent.body or not any(self._suppresses(i, caught) for i in parent.items)
            case ast.If() | ast.IfExp() if child is not parent.test:
                truth = self._truth(parent.test)
                first = child in parent.body if isinstance(parent, ast.If) else child is parent.body
                return not strict if truth is None else truth == first
            case ast.While() if child in parent.body:
                return self._truth(parent.test) is not False
            case ast.BoolOp():
                return not strict or child is parent.values[0]
            case ast.match_case():
                return not strict
            case ast.Lambda():
                return not strict or child is parent.args
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return not strict or not any(g.ifs for g in parent.generators)
        return True

    def _catches(self, handled: ast.expr | None, caught: frozenset[str]) -> bool:
        if handled is None:
            return True
        if isinstance(handled, ast.Tuple):
            return any(self._catches(e, caught) for e in handled.elts)
        origin = self._source.origin(handled)
        if not origin.startswith("builtins."):
            return True  # a class or a tuple of the script's own may be any of them
        return origin.removeprefix("builtins.") in caught

    def _suppresses(self, item: ast.withitem, caught: frozenset[str]) -> bool:
        call = item.context_expr
        if not isinstance(call, ast.Call) or self._source.origin(call.func) != "contextlib.suppress":
            return False
        return any(self._catches(a, caught) for a in call.args)

    def _truth(self, test: ast.expr) -> bool | None:
        """Return what a condition is certain to be, None where it is not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self._truth(test.operand)
            return None if inner is None else not inner
        if isinstance(test, ast.Compare):
            left, right = test.left, test.comparators[0]
            main = isinstance(left, ast.Name) and left.id == "__name__" and isinstance(test.ops[0], ast.Eq)
            return True if main and isinstance(right, ast.Constant) and right.value == "__main__" else None
        if self._source.origin(test) == "typing.TYPE_CHECKING":
            return False
        value = self._source.value(test)
        return None if value is None else bool(value)

    def _runs(self, function: Function, caught: frozenset[str], strict: bool) -> bool:
        key = (function, caught, strict)
        if key not in self._known:
            self._known[key] = False  # a function that only calls itself never runs
            self._known[key] = self._is_called(function, caught, strict)
        return self._known[key]

    def _is_called(self, function: Function, caught: frozenset[str], strict: bool) -> bool:
        parents = self._source.parents
        owner = parents.get(function)
        method = isinstance(owner, ast.ClassDef)
        if method and function.name.startswith("__") and isinstance(owner, ast.ClassDef):
            references = self._references(owner.name)
            if strict and function.name not in ("__init__", "__post_init__", "__new__"):
                return False
        else:
            references = self._references(function.name)
        if isinstance(owner, ast.ClassDef) and owner.bases and not strict:
            return True  # a framework may call it
        if not strict and function.decorator_list:
            return True
        return any((not strict or self._uses(r)) and self._reached(r, caught, strict) for r in references)

    def _uses(self, reference: ast.AST) -> bool:
        """Whether a function that is named here is called, handed to a call, or decorates."""
        parent = self._source.parents.get(reference)
        if isinstance(parent, ast.keyword):
            return True
        decorates = isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and reference in parent.decorator_list
        return isinstance(parent, ast.Call) or decorates

    def _references(self, name: str) -> list[ast.AST]:
        if self._names is None:
            self._names = {}
            for read in self._source.scopes.reads:
                self._names.setdefault(read.id, []).append(read)
            for attribute in self._source.all(ast.Attribute):
                self._names.setdefault(attribute.attr, []).append(attribute)
        return self._names.get(name, [])
