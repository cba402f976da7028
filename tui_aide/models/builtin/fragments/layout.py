"""Imports and literals as source text: what every part of a script needs to be written neatly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

WIDTH = 100


class Imports:
    """Collects what a script imports and writes it in order: the standard library's modules are those without alias."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}

    def module(self, name: str, alias: str = "") -> None:
        """Import a module, under another name where `alias` is given."""
        self._modules[name] = alias

    def names(self, module: str, *names: str) -> None:
        """Import names from a module."""
        if names:
            self._names.setdefault(module, set()).update(names)

    def text(self) -> str:
        """Return the import lines."""
        plain = [f"import {m}" for m, a in sorted(self._modules.items()) if not a]
        lines = [*plain, ""] if plain else []
        lines += [f"import {m} as {a}" for m, a in sorted(self._modules.items()) if a]
        for module, names in sorted(self._names.items()):
            line = f"from {module} import {', '.join(sorted(names))}"
            if len(line) > WIDTH:
                inner = "".join(f"    {name},\n" for name in sorted(names))
                line = f"from {module} import (\n{inner})"
            lines.append(line)
        return "\n".join(lines)


def quoted(text: str) -> str:
    """Return a string literal in double quotes that holds `text`, readable for any script of the world.

    Args:
        text: any text; quotes, backslashes and control characters are escaped.
    """
    literal = json.dumps(text, ensure_ascii=False)
    if any(ord(c) in range(0x7F, 0xA0) or ord(c) in (0x2028, 0x2029) or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        literal = json.dumps(text)
    return literal.encode("utf-8", "replace").decode()


def listed(name: str, values: Iterable[str]) -> str:
    """Return an assignment of a list of strings, broken over lines where it is long."""
    items = [quoted(v) for v in values]
    line = f"{name} = [{', '.join(items)}]"
    if len(line) <= WIDTH:
        return line
    lines, row = [], ""
    for item in items:
        if row and len(row) + len(item) + 6 > WIDTH:
            lines.append(f"    {row.rstrip()}")
            row = ""
        row += f"{item}, "
    lines.append(f"    {row.rstrip()}")
    return f"{name} = [\n" + "\n".join(lines) + "\n]"


def indented(text: str, by: int = 4) -> str:
    """Return the text with every non-empty line but the first moved right."""
    pad = " " * by
    first, *rest = text.split("\n")
    return "\n".join([first, *(pad + line if line else line for line in rest)])


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its {slots} filled."""
    return template.format_map({k: v if isinstance(v, str) else repr(v) for k, v in values.items()})
