"""Which name of a script is bound where, by Python's rules of scopes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Binding(NamedTuple):
    """One place that binds a name, and the expression that it gets where that is plain."""

    node: ast.AST
    value: ast.expr | None = None


class Scope:
    """A module, function, class or comprehension."""

    def __init__(self, kind: str, parent: Scope | None) -> None:
        self.kind = kind
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def bind(self, name: str, node: ast.AST, value: ast.expr | None = None) -> None:
        """Add a place that binds a name."""
        self.bindings.setdefault(name, []).append(Binding(node, value))

    def chain(self) -> Iterator[Scope]:
        """Yield the scopes in which a name is looked up from here: classes are seen from their own body only."""
        scope: Scope | None = self
        while scope is not None:
            if scope is self or scope.kind != "class":
                yield scope
            scope = scope.parent


class Scopes:
    """The scopes of a script, found without recursion, so that no nesting is too deep.

    Attributes:
        reads: every name that is read, with the scope it is read in.
        star: whether something is imported with a star.
    """

    def __init__(self, tree: ast.Module, lazy_annotations: bool) -> None:
        self.module = Scope("module", None)
        self.all = [self.module]
        self.reads: dict[ast.Name, Scope] = {}
        self.star = False
        self._lazy = lazy_annotations or any(
            isinstance(s, ast.ImportFrom) and s.module == "__future__" and any(a.name == "annotations" for a in s.names)
            for s in tree.body
        )
        self._stack: list[tuple[ast.AST, Scope]] = []
        self._push(tree.body, self.module)
        while self._stack:
            self._visit(*self._stack.pop())
        self._settle()

    def resolve(self, name: ast.Name) -> Scope | None:
        """Return the scope whose binding a name that is read refers to; None where nothing binds it."""
        scope = self.reads.get(name)
        if scope is None:
            return None
        if name.id in scope.globals:
            return self.module if name.id in self.module.bindings else None
        return next((s for s in scope.chain() if name.id in s.bindings), None)

    def _settle(self) -> None:
        """Move what `global` and `nonlocal` say to where it belongs."""
        for scope in self.all:
            for name in scope.globals:
                self.module.bindings.setdefault(name, []).extend(scope.bindings.pop(name, []))
                if not self.module.bindings[name]:
                    del self.module.bindings[name]
        for scope in self.all:
            for name in scope.nonlocals:
                owner = next((s for s in list(scope.chain())[1:] if name in s.bindings), None)
                if owner is not None:
                    owner.bindings[name].extend(scope.bindings.pop(name, []))

    def _push(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        self._stack.extend((node, scope) for node in nodes if node is not None)

    def _open(self, kind: str, parent: Scope) -> Scope:
        scope = Scope(kind, parent)
        self.all.append(scope)
        return scope

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Name():
                if isinstance(node.ctx, ast.Load):
                    self.reads[node] = scope
                else:
                    scope.bind(node.id, node)
                return
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return self._function(node, scope)
            case ast.ClassDef():
                scope.bind(node.name, node)
                self._push(node.decorator_list, scope)
                around = self._type_parameters(node, scope)
                self._push([*node.bases, *node.keywords], around)
                return self._push(node.body, self._open("class", around))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = self._open("comprehension", scope)
                first = node.generators[0]
                self._push([first.iter], scope)
                self._push([first.target, *first.ifs, *node.generators[1:]], inner)
                results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                return self._push(results, inner)
            case ast.Assign():
                self._push([node.value], scope)
                for target in node.targets:
                    self._assign(target, node.value, scope)
                return
            case ast.AnnAssign():
                if not self._lazy and scope.kind != "function":
                    self._push([node.annotation], scope)
                self._push([node.value], scope)
                return self._assign(node.target, node.value, scope)
            case ast.NamedExpr():
                self._push([node.value], scope)
                home = scope
                while home.kind == "comprehension" and home.parent is not None:
                    home = home.parent
                return home.bind(node.target.id, node, node.value)
            case ast.Import() | ast.ImportFrom():
                return self._import(node, scope)
            case ast.Global():
                return scope.globals.update(node.names)
            case ast.Nonlocal():
                return scope.nonlocals.update(node.names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name, node)
            case ast.MatchMapping(rest=str(rest)):
                scope.bind(rest, node)
            case _ if type(node).__name__ == "TypeAlias":
                return self._push([node.name], scope)  # type: ignore[attr-defined]
        self._push(ast.iter_child_nodes(node), scope)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> None:
        given = node.args
        self._push([*given.defaults, *given.kw_defaults], scope)
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [a for a in (given.vararg, given.kwarg) if a is not None]
        around = scope
        if not isinstance(node, ast.Lambda):
            scope.bind(node.name, node)
            self._push(node.decorator_list, scope)
            around = self._type_parameters(node, scope)
            if not self._lazy:
                self._push([node.returns, *(a.annotation for a in arguments)], around)
        inner = self._open("function", around)
        for argument in arguments:
            inner.bind(argument.arg, argument)
        self._push([node.body] if isinstance(node, ast.Lambda) else node.body, inner)

    def _type_parameters(self, node: ast.AST, scope: Scope) -> Scope:
        """Return the scope of `def f[T]` and `class C[T]` around the rest; the same one where there is none."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        around = self._open("function", scope)
        for parameter in parameters:
            around.bind(parameter.name, parameter)
        return around

    def _assign(self, target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
        match target, value:
            case ast.Name(), _:
                scope.bind(target.id, target, value)
            case (ast.Tuple(elts=names), ast.Tuple(elts=values)) if len(names) == len(values) and not any(
                isinstance(e, ast.Starred) for e in [*names, *values]
            ):
                for name, part in zip(names, values, strict=True):
                    if isinstance(name, ast.Name):
                        scope.bind(name.id, name, part)
                    else:
                        self._push([name], scope)
            case _:
                self._push([target], scope)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = True
            elif isinstance(node, ast.Import):
                scope.bind(alias.asname or alias.name.partition(".")[0], alias)
            else:
                scope.bind(alias.asname or alias.name, alias)
