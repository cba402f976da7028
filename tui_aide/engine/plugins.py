"""Strategies and policies that a user or a package brings: one file with one class or function, found by its name.

A file `NAME.py` in `strategies/` or `policies/` below the user's configuration folder is one; a package names its own
in the entry-point groups `tui_aide.strategies` and `tui_aide.policies`. None is loaded before it is asked for.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, TypeVar

from tui_aide.engine.spec import parameters_of
from tui_aide.errors import UsageError

Group = Literal["strategies", "policies"]
Kind = TypeVar("Kind")
_FOLDER = "TUI_AIDE_CONFIG_DIR"


def plugin_folder(group: Group) -> Path:
    """Return where the user's own files of a group lie."""
    if chosen := os.environ.get(_FOLDER):
        return Path(chosen).expanduser().absolute() / group
    from platformdirs import user_config_path

    return user_config_path("tui_aide", appauthor=False) / group


def plugin_names(group: Group) -> list[str]:
    """Return what there is beside our own, without loading any of it; a file goes before a package's."""
    files = [path.stem for path in sorted(plugin_folder(group).glob("*.py")) if not path.stem.startswith("_")]
    return list(dict.fromkeys([*files, *(point.name for point in _points(group))]))


def load_plugin(group: Group, name: str, base: type, adapt: Callable[[str, Callable[..., Any]], type]) -> type | None:
    """Return the class of a plugin; None where there is none of that name.

    Args:
        group: which kind.
        name: as in a spec, which is the file's name without `.py`.
        base: the class, or the protocol's members, that it must have.
        adapt: makes a class of a plain function.

    Raises:
        UsageError: the file cannot be loaded, or holds neither a class nor a function to use.
    """
    path = plugin_folder(group) / f"{name}.py"
    if path.is_file():
        return _chosen(_module(path, group).__dict__, str(path), name, base, adapt)
    for point in _points(group):
        if point.name == name:
            try:
                found = point.load()
            except (Exception, SystemExit) as error:
                raise UsageError(
                    f"{name!r} of the package {point.dist.name if point.dist else point.value} cannot be loaded: "
                    f"{type(error).__name__}: {error}; update or remove that package"
                ) from error
            return _one(found, point.value, name, base, adapt)
    return None


def with_plugins(
    group: Group,
    own: Mapping[str, type[Kind]],
    wanted: Iterable[str] | None,
    base: type,
    adapt: Callable[[str, Callable[..., Any]], type],
) -> dict[str, type[Kind]]:
    """Return our own of a group with those of the user and of packages; of the latter only those wanted are loaded.

    The others stand there by name alone, with a class of ours, so that a misspelt name is told the nearest.

    Args:
        group: which kind.
        own: ours, by name; they go before plugins of the same name.
        wanted: names; None loads all.
        base: as `load_plugin`'s, and `adapt`, too.

    Raises:
        UsageError: one of those wanted cannot be loaded.
    """
    names = plugin_names(group)
    chosen = set(names if wanted is None else wanted)
    known = dict(own)
    stand_in = next(iter(own.values()))
    for name in names:
        kind = load_plugin(group, name, base, adapt) if name in chosen else stand_in
        if kind is not None:
            known.setdefault(name, kind)
    return known


def _points(group: Group) -> list[EntryPoint]:
    return sorted(entry_points(group=f"tui_aide.{group}"), key=lambda p: p.name)


def _module(path: Path, group: Group) -> Any:
    spec = importlib.util.spec_from_file_location(f"tui_aide_user.{group}.{path.stem.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses and type hints look themselves up there
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[module.__name__]
        raise UsageError(f"{error.filename or path}, line {error.lineno}: {error.msg}; mend that") from error
    except (Exception, SystemExit) as error:
        del sys.modules[module.__name__]
        line = _line_in(path, error)
        raise UsageError(f"{path}{line}: {type(error).__name__}: {error}; mend that") from error
    return module


def _line_in(path: Path, error: BaseException) -> str:
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _chosen(
    names: dict[str, Any], where: str, name: str, base: type, adapt: Callable[[str, Callable[..., Any]], type]
) -> type:
    """Return the one class or function that a file brings: its only own one, or the one named like the file."""
    own = {
        key: value
        for key, value in names.items()
        if not key.startswith("_") and getattr(value, "__module__", "") == names.get("__name__")
    }
    kinds = [v for v in own.values() if inspect.isclass(v) and _fits(v, base)]
    if len(kinds) == 1:
        return _one(kinds[0], where, name, base, adapt)
    like = own.get(name.replace("-", "_"))
    if like is not None:
        return _one(like, where, name, base, adapt)
    functions = [v for v in own.values() if inspect.isfunction(v)]
    if not kinds and len(functions) == 1:
        return _one(functions[0], where, name, base, adapt)
    raise UsageError(
        f"{where}: holds {len(kinds)} classes and {len(functions)} functions that could be {name!r}; "
        f"keep one, or call it {name.replace('-', '_')}"
    )


def _one(found: Any, where: str, name: str, base: type, adapt: Callable[[str, Callable[..., Any]], type]) -> type:
    if inspect.isclass(found) and _fits(found, base):
        own = found.__dict__.get("name")
        if not own:
            setattr(found, "name", name)  # noqa: B010 - a class of any kind
        elif own != name:  # what a spec calls it is what the journal tells, so that a resumed search finds it
            names = {"name": name, "__doc__": found.__doc__}
            return types.new_class(found.__name__, (found,), {}, lambda space: space.update(names))
        return found
    if inspect.isfunction(found):
        return adapt(name, found)
    raise UsageError(f"{where}: is neither a class of the kind of {base.__name__} nor a function")


def _fits(kind: type, base: type) -> bool:
    if getattr(base, "_is_protocol", False):
        return callable(getattr(kind, "choose", None))
    return issubclass(kind, base) and kind is not base


def adapted(name: str, function: Callable[..., Any], base: type, method: str, given: int) -> type:
    """Return a class whose `method` is a function; parameters after the first `given` are those of its spec.

    Args:
        name: in a spec.
        function: the user's.
        base: the class to inherit from.
        method: which method it is.
        given: how many arguments it is called with.

    Raises:
        UsageError: the function takes fewer arguments than that, or has a parameter that cannot be written in a spec
            and has no default.
    """
    where = f"{inspect.getsourcefile(function) or name}: {function.__name__}"
    parameters = list(inspect.signature(function).parameters.values())
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if len(parameters) < given or any(p.kind not in plain for p in parameters[:given]):
        raise UsageError(f"{where} must take {given} arguments and then its parameters")
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    own = [p for p in parameters[given:] if p.kind not in several]
    in_place = [p.name for p in own if p.kind is inspect.Parameter.POSITIONAL_ONLY]

    def initialise(self: Any, **values: Any) -> None:
        for parameter in own:
            setattr(self, parameter.name, values.get(parameter.name, parameter.default))

    keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    initialise.__signature__ = inspect.Signature([me, *keywords])  # type: ignore[attr-defined]
    initialise.__annotations__ = {p.name: _hint(function, p) for p in own}

    def call(self: Any, *arguments: Any) -> Any:
        placed = [getattr(self, n) for n in in_place]
        named = {p.name: getattr(self, p.name) for p in own if p.name not in in_place}
        return function(*arguments, *placed, **named)

    space = {"__init__": initialise, method: call, "name": name, "__doc__": function.__doc__ or name}
    kind = type(name.title().replace("-", "").replace("_", ""), (base,), space)
    settable = {p.name for p in parameters_of(kind)}
    for p in own:
        if p.default is p.empty and p.name not in settable:
            raise UsageError(f"{where}: its parameter {p.name} needs a default, or a type such as `{p.name}: int`")
    return kind


def _hint(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return a parameter's type: as annotated, or its default's; `object` where neither can be told."""
    if parameter.annotation is not parameter.empty:

        def holder() -> None: ...

        holder.__annotations__ = {parameter.name: parameter.annotation}
        try:
            return typing.get_type_hints(holder, function.__globals__)[parameter.name]
        except Exception:  # noqa: BLE001 - such as a name that is imported for type checkers alone
            pass
    return object if parameter.default is parameter.empty else type(parameter.default)
