"""The tables of docs/sessions.md, made from the code: events, commands, what the runner says, keys of session.toml.

python docs/session_tables.py          write them into the page
python docs/session_tables.py --check  exit code 1 where the page's are not what the code says
"""

from __future__ import annotations

import argparse
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from tui_aide.sessions.config import SessionConfig
from tui_aide.tree.commands import Command, Progress, Reply
from tui_aide.tree.events import AnyEvent
from tui_aide.tree.node import Operator, ScoreSource, ServerState, Verdict

PAGE = Path(__file__).with_name("sessions.md")
NAMED: dict[Any, str] = {Operator: "operator", Verdict: "verdict", ScoreSource: "source", ServerState: "server state"}
"""Enumerations that the page lists once."""

ALL_EVENTS, ALL_COMMANDS = ("seq", "time"), ("by",)
"""Fields that all of them have."""


def in_words(kind: Any) -> str:
    """Return how a value of this type looks in JSON."""
    if kind in NAMED:
        return NAMED[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return " or ".join(f'"{a}"' for a in arguments)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(in_words(a) for a in arguments)
    if origin is tuple:
        return f"list of {in_words(arguments[0])}"
    if origin is dict:
        return "object"
    if kind is type(None):
        return "null"
    return str(kind.__name__)


def field_words(kind: type, left_out: Iterable[str] = ()) -> str:
    """Return the fields of a structure: name, type, and what it is where it is missing."""
    shown = []
    for field in msgspec.structs.fields(kind):
        if field.name in left_out:
            continue
        default = ""
        if field.default is not msgspec.NODEFAULT:
            default = f" = {_plain(field.default)}"
        elif field.default_factory is not msgspec.NODEFAULT:
            default = f" = {_plain(field.default_factory())}"
        shown.append(f"`{field.name}`: {in_words(field.type)}{default}")
    return "; ".join(shown)


def _plain(value: object) -> str:
    return f"`{msgspec.json.encode(value).decode()}`"


def summary(kind: type) -> str:
    """Return the first sentences of a structure's docstring, up to the first blank line."""
    text = re.sub(r"\s+", " ", (kind.__doc__ or "").strip().partition("\n\n")[0])
    text = re.sub(r"\bNone\b", "null", text).replace("|", "or")
    return re.sub(r"\b(True|False)\b", lambda m: m[0].lower(), text)


def structures(kinds: Iterable[type]) -> Iterator[type]:
    """Return the structures that fields of these hold, and those that theirs hold, each once."""
    seen: dict[type, None] = {}
    waiting = [field.type for kind in kinds for field in msgspec.structs.fields(kind)]
    while waiting:
        kind = waiting.pop(0)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in seen:
                seen[kind] = None
                waiting += [field.type for field in msgspec.structs.fields(kind)]
        else:
            waiting += [a for a in typing.get_args(kind) if a is not Ellipsis]
    yield from seen


def tagged(kinds: Iterable[Any], left_out: Iterable[str]) -> list[str]:
    """Return the rows of structures that are told apart by their tags."""
    return [f"| `{k.__struct_config__.tag}` | {field_words(k, left_out)} | {summary(k)} |" for k in kinds]


def events() -> list[str]:
    """Return the table of events."""
    rows = tagged(typing.get_args(AnyEvent), ALL_EVENTS)
    return ["| type | fields | what it says |", "|---|---|---|", *rows]


def values() -> list[str]:
    """Return the table of what fields of events hold, and the enumerations."""
    rows = [f"| {k.__name__} | {field_words(k)} | {summary(k)} |" for k in structures(typing.get_args(AnyEvent))]
    words = [f"| {name} | {', '.join(f'`{a}`' for a in typing.get_args(kind))} | |" for kind, name in NAMED.items()]
    return ["| value | holds | what it says |", "|---|---|---|", *rows, *words]


def commands() -> list[str]:
    """Return the table of commands."""
    rows = tagged(typing.get_args(Command), ALL_COMMANDS)
    return ["| command | fields | what it asks |", "|---|---|---|", *rows]


def answers() -> list[str]:
    """Return the table of what the runner says."""
    kinds = [Reply, Progress, *structures([Reply, Progress])]
    rows = [f"| {k.__name__} | {field_words(k)} | {summary(k)} |" for k in kinds]
    return ["| value | holds | what it says |", "|---|---|---|", *rows]


def keys() -> list[str]:
    """Return the table of session.toml's keys."""
    tables = {
        kind: f.name for f in msgspec.structs.fields(SessionConfig) for kind in (f.type, *typing.get_args(f.type))
    }
    kinds = list(structures([SessionConfig]))
    names = [tables[kind] for kind in kinds]
    rows = [f"| top | {field_words(SessionConfig, names)} |"]
    rows += [f"| `[{name}]` | {field_words(kind)} |" for name, kind in zip(names, kinds, strict=True)]
    return ["| table | keys |", "|---|---|", *rows]


TABLES = {"events": events, "values": values, "commands": commands, "answers": answers, "keys": keys}


def filled(page: str, tables: Mapping[str, Callable[[], list[str]]], path: Path) -> str:
    """Return a page, which is that of the path, with its tables made anew."""
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)"
        page, count = re.subn(pattern, lambda m, t=table: m[1] + "\n".join(t()) + "\n" + m[2], page, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{path}: has {count} places for the table {name!r}")
    return page


def write_tables(tables: Mapping[str, Callable[[], list[str]]], path: Path, about: str | None) -> int:
    """Write a page's tables, or with --check tell by the exit code whether they are as they should be."""
    return write_pages({path: tables}, about)


def write_pages(pages: Mapping[Path, Mapping[str, Callable[[], list[str]]]], about: str | None) -> int:
    """Write the tables of several pages, or with --check tell by the exit code whether all are as they should be."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    differ = False
    for path, tables in pages.items():
        old = path.read_text(encoding="utf-8")
        new = filled(old, tables, path)
        differ |= new != old
        if not check:
            path.write_text(new, encoding="utf-8")
    return int(check and differ)


if __name__ == "__main__":
    sys.exit(write_tables(TABLES, PAGE, __doc__))
