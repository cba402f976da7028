"""Specs: what a user writes to get a policy or a chain of strategies, such as `greedy(drafts=3)` or `a(n=5)+b`.

The classes themselves say what they take: parameters, types and defaults stand in their `__init__`, what each means in
the Args of their docstring, its range in the `UsageError` that they raise.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tui_aide.errors import UsageError, nearest

Value = int | float | bool | str
"""What a parameter may be given in a spec. `none` is a word, and stands for None where a parameter may be that."""

Made = TypeVar("Made")

_NAME = re.compile(r"\s*([A-Za-z][\w-]*)\s*", re.ASCII)
_PARAMETER = re.compile(r"\s*([A-Za-z]\w*)\s*=\s*(\"[^\"\n]*\"|'[^'\n]*'|[^\s,()'\"]+)\s*", re.ASCII)
_INT = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WORD = re.compile(r"[^\s,()'\"]+")
_KINDS: dict[object, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


class Part(msgspec.Struct, frozen=True):
    """One name of a spec with the parameters that were given, as they were written."""

    name: str
    parameters: dict[str, Value] = {}


class Parameter(msgspec.Struct, frozen=True):
    """What a class can be told in a spec.

    Attributes:
        name: what it is called.
        kind: its type in words.
        default: what it is when nothing is given, written as in a spec; an empty string where it must be given.
        meaning: its line in the Args of the class's docstring.
    """

    name: str
    kind: str
    default: str
    meaning: str


def parse_spec(text: str, option: str) -> list[Part]:
    """Return the parts of a spec, from left to right.

    Args:
        text: such as `a(x=1,y=0.5)+b`. A value is a number, `true`, `false`, a word, or anything in quotes.
        option: what the user set, for messages, such as `--policy`.

    Raises:
        UsageError: the text is no spec; the message says from where on.
    """
    parts: list[Part] = []
    at = 0
    while True:
        name = _NAME.match(text, at)
        if name is None:
            raise _malformed(text, at, option, "a name")
        at = name.end()
        parameters: dict[str, Value] = {}
        if text[at : at + 1] == "(":
            parameters, at = _parameters(text, at + 1, option)
        parts.append(Part(name[1], parameters))
        if at == len(text):
            return parts
        if text[at] != "+":
            raise _malformed(text, at, option, "'+' or the end")
        at += 1


def build(part: Part, kinds: Mapping[str, type[Made]], option: str, **given: object) -> Made:
    """Make the object that a part asks for.

    Args:
        part: its name and parameters.
        kinds: the classes by name.
        option: what the user set, for messages.
        given: further arguments of the class that a user cannot set, such as what it wraps.

    Raises:
        UsageError: the name or a parameter is not known (the nearest is offered), a value is of the wrong type, or the
            class finds it out of range.
    """
    if part.name not in kinds:
        raise UsageError(f"{option} {part.name!r} is not known.{nearest(part.name, kinds)} Known: {', '.join(kinds)}")
    kind = kinds[part.name]
    settable = {name: hint for name, (hint, _) in _settable(kind).items() if name not in given}
    arguments: dict[str, object] = {}
    for name, value in part.parameters.items():
        if not settable:
            raise UsageError(f"{option} {part.name} has no parameters; leave out {name!r}")
        if name not in settable:
            hint = nearest(name, settable)
            raise UsageError(f"{option} {part.name} has no parameter {name!r}.{hint} Known: {', '.join(settable)}")
        try:
            arguments[name] = _convert(value, settable[name])
        except ValueError:
            wanted = _words(settable[name])
            raise UsageError(f"{option} {part.name}: {name} must be {wanted}, not {_write(value)}") from None
    for name, (_, default) in _settable(kind).items():
        if default is inspect.Parameter.empty and name not in arguments and name not in given:
            raise UsageError(f"{option} {part.name} needs its {name}: write {part.name}({name}=...)")
    try:
        return kind(**arguments, **given)
    except UsageError as e:
        raise UsageError(f"{option} {part.name}: {e}") from None


def spec_of(name: str, made: object) -> str:
    """Return the shortest spec that makes an object like `made`: only what differs from the defaults is written.

    The object must keep each parameter in an attribute of the same name.
    """
    changed = []
    for parameter, (_, default) in _settable(type(made)).items():
        value = getattr(made, parameter)
        if value != default:
            changed.append(f"{parameter}={_write(value)}")
    return f"{name}({','.join(changed)})" if changed else name


def parameters_of(kind: type) -> list[Parameter]:
    """Return what a class can be told in a spec, in the order of its `__init__`, for a list that a user reads."""
    section = inspect.cleandoc(_args_section(inspect.cleandoc(kind.__doc__ or "")))
    told = re.findall(r"^(\w+): ((?:.+\n?(?:[ \t]+.+\n?)*))", section, re.MULTILINE)
    meanings = {name: " ".join(text.split()) for name, text in told}
    return [
        Parameter(
            name,
            _words(hint),
            "" if default is inspect.Parameter.empty else _write(default),
            meanings.get(name, ""),
        )
        for name, (hint, default) in _settable(kind).items()
    ]


def require(name: str, value: float, low: float, high: float | None = None) -> None:
    """Check a parameter's range, both ends included; None is no upper end.

    Raises:
        UsageError: the value is outside.
    """
    if value < low or (high is not None and value > high):
        wanted = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
        raise UsageError(f"{name} must be {wanted}, not {value:g}")


def _parameters(text: str, at: int, option: str) -> tuple[dict[str, Value], int]:
    """Read what stands in parentheses, from after the opening one; return it and the place after the closing one."""
    parameters: dict[str, Value] = {}
    if text[(end := _spaces(text, at)) : end + 1] == ")":
        return parameters, _spaces(text, end + 1)
    while True:
        match = _PARAMETER.match(text, at)
        if match is None:
            raise _malformed(text, at, option, "parameter=value")
        if match[1] in parameters:
            raise UsageError(f"{option} {text!r} gives {match[1]!r} twice")
        parameters[match[1]] = _read(match[2])
        at = match.end()
        if text[at : at + 1] not in (",", ")"):
            raise _malformed(text, at, option, "',' or ')'")
        if text[at] == ")":
            return parameters, _spaces(text, at + 1)
        at += 1


def _spaces(text: str, at: int) -> int:
    """Return the place of the first character from `at` on that is no space."""
    return len(text) - len(text[at:].lstrip())


def _malformed(text: str, at: int, option: str, wanted: str) -> UsageError:
    rest = text[at:].strip()
    where = f"before {rest[:20]!r}" if rest else "at its end"
    return UsageError(f"{option} {text!r} wants {wanted} {where}; write it like name(parameter=value)+name")


def _read(written: str) -> Value:
    if written[0] in "\"'":
        return written[1:-1]
    if written in ("true", "false"):
        return written == "true"
    if _INT.fullmatch(written):
        return int(written)
    if _FLOAT.fullmatch(written) and abs(number := float(written)) < float("inf"):
        return number
    return written


def _write(value: object) -> str:
    """Write a value so that `_read` gives it back."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, str) and (not _WORD.fullmatch(value) or _read(value) != value):
        return f"'{value}'" if '"' in value else f'"{value}"'
    return str(value)


def _settable(kind: type) -> dict[str, tuple[object, object]]:
    """Return (type, default) of each parameter of a class that a spec can write."""
    try:
        hints = typing.get_type_hints(kind.__init__)  # type: ignore[misc]
    except NameError as e:
        raise UsageError(f"{kind.__name__}: the annotations of its parameters cannot be read: {e}") from e
    return {
        name: (hints[name], parameter.default)
        for name, parameter in inspect.signature(kind).parameters.items()
        if name in hints and all(o is None or o in _KINDS or isinstance(o, str) for o in _options(hints[name]))
    }


def _options(hint: object) -> tuple[object, ...]:
    """Return what a type allows: plain types, None, and the words of a Literal."""
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(o for each in typing.get_args(hint) for o in _options(each))
    return (None,) if hint is type(None) else (hint,)


def _convert(value: Value, hint: object) -> object:
    """Return the value as the type wants it.

    Raises:
        ValueError: it cannot be that.
    """
    options = _options(hint)
    if type(value) in options or (isinstance(value, str) and value in options):
        return value
    if type(value) is int and float in options:
        return float(value)
    if value == "none" and None in options:
        return None
    raise ValueError(value)


def _words(hint: object) -> str:
    options = _options(hint)
    return " or ".join("none" if o is None else o if isinstance(o, str) else _KINDS[o] for o in options)


def _args_section(doc: str) -> str:
    section = re.search(r"^\s*Args:\n((?:[ \t]+.+\n?)+)", doc, re.MULTILINE)
    return section[1] if section else ""
