"""Changing a few keys of a TOML text that its user wrote: all else stays as it is, comments too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(#.*)?$")
_VALUE = r"(?:\"[^\"\\]*\"|'[^']*'|[^#\"'\[\]{}\n]+?|\[[^#\[\]\n]*\])"


def with_keys(text: str, changes: Mapping[str, Any]) -> bytes:
    """Return a TOML text with some keys set.

    Args:
        text: valid TOML.
        changes: values by key, None for one that goes; `layout.zoomed` is the key `zoomed` of the table `[layout]`.
    """
    wanted = tomllib.loads(text)
    edited = text
    for path, value in changes.items():
        *tables, name = path.split(".")
        inner = wanted
        for table in tables:
            inner = inner.setdefault(table, {})
        if value is None:
            inner.pop(name, None)
        else:
            inner[name] = value
        edited = _edited(edited, ".".join(tables), name, value)
    try:
        faithful = tomllib.loads(edited) == wanted
    except tomllib.TOMLDecodeError:
        faithful = False
    if not faithful:  # written in a way that lines do not tell, such as an inline table: comments go, no key does
        import tomli_w

        edited = tomli_w.dumps(wanted)
    return edited.encode()


def _edited(text: str, table: str, name: str, value: Any) -> str:
    lines = text.splitlines()
    begin, end = _extent(lines, table)
    pattern = re.compile(rf"(\s*){re.escape(name)}\s*=\s*{_VALUE}(\s*#.*)?\s*$")
    if value is None:
        within = range(begin or 0, end if begin is not None else 0)
        return "\n".join(t for i, t in enumerate(lines) if i not in within or not pattern.match(t)) + "\n"
    import tomli_w

    shown = tomli_w.dumps({name: value}).partition("=")[2].strip()
    line = f"{name} = {shown}"
    if begin is None:
        return "\n".join([*lines, *([""] if lines else []), f"[{table}]", line]) + "\n"
    for i in range(begin, end):
        if match := pattern.match(lines[i]):
            lines[i] = f"{match[1]}{line}{match[2] or ''}"
            break
    else:
        at = max((i + 1 for i in range(begin, end) if lines[i].strip()), default=begin)
        lines[at:at] = [line]
    return "\n".join(lines) + "\n"


def _extent(lines: list[str], table: str) -> tuple[int | None, int]:
    """Return the lines of a table, without its header; None where there is none."""
    headers = [(i, m[1]) for i, text in enumerate(lines) if (m := _HEADER.match(text))]
    starts = [(-1, ""), *headers]
    for (start, name), stop in zip(starts, [i for i, _ in headers] + [len(lines)], strict=True):
        if name == table:
            return start + 1, stop
    return None, len(lines)
