"""Reading tables of a TOML file by readers of their keys; an error names file, table, key, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_aide.errors import UsageError, nearest
from tui_aide.sessions import quantities

Reader = Callable[[Any], Any]
"""Returns what a value stands for, or raises `UsageError` with what is wrong with it."""


def read_table(table: object, readers: Mapping[str, Reader], where: str) -> dict[str, Any]:
    """Return the values of a table by its keys, read.

    Args:
        table: what TOML has there.
        readers: by the keys that it may have.
        where: names file and table in errors, such as `my.toml: [run]`.

    Raises:
        UsageError: it is no table, has an unknown key, or a value that its reader does not take.
    """
    if not isinstance(table, dict):
        raise UsageError(f"{where}: must be a table of keys, not {table!r}")
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in readers:
            hint = nearest(key, readers) or f" Known: {', '.join(readers)}"
            raise UsageError(f"{where}: key {key!r} is not known.{hint}")
        try:
            found[key] = readers[key](value)
        except UsageError as e:
            raise UsageError(f"{where}: key {key!r}: {e}") from e
    return found


def text(value: object) -> str:
    """Read a string that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"must be a text in quotes, not {value!r}")
    return value


def any_text(value: object) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise UsageError(f"must be a text in quotes, not {value!r}")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Read a string, or a list of them."""
    return tuple(text(v) for v in (value if isinstance(value, list) else [value]))


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise UsageError(f"must be true or false, without quotes, not {value!r}")
    return value


def number(value: object) -> float:
    """Read a number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UsageError(f"must be a number of 0 or more, not {value!r}")
    return float(value)


def quantity(read: Callable[[str], Any]) -> Reader:
    """Return a reader of what the command line writes as `10m`, `4g` or `2m`; a bare number is taken, too."""

    def reader(value: object) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise UsageError(f"must be a number, or a text such as those of the command line, not {value!r}")
        return read(f"{value:.15g}" if isinstance(value, float) else str(value))

    return reader


def one_of(words: Sequence[str]) -> Reader:
    """Return a reader of one of some words."""

    def reader(value: object) -> str:
        if value not in words:
            raise UsageError(f"{value!r} is not one of {', '.join(words)}.{nearest(str(value), words)}")
        return str(value)

    return reader


def seeds(value: object) -> tuple[int, ...]:
    """Read a list of seeds, or the number of them, counted from 0."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000:
        return tuple(range(value))
    if not isinstance(value, list) or not value:
        raise UsageError(f"must be a list of seeds such as [0, 1, 2], or their number, not {value!r}")
    found = tuple(quantity(quantities.seed)(v) for v in value)
    if len(set(found)) < len(found):
        raise UsageError(f"names a seed twice: {value!r}")
    return found
