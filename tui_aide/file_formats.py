"""The formats of the TOML files that users keep: old ones are brought to today's as they are read, newer ones refused.

A file says its format by the key `format`; one without it has format 1, so that nobody need write the key today. When
a kind of file gets a format 2, its module gets `FORMAT = 2` and the step from 1, and the program writes the key.
Journals have formats of their own: `sessions.journal_formats`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Step = Callable[[dict[str, Any]], dict[str, Any]]  # brings a file's keys from its format to the next

KEY = "format"


class FormatError(Exception):
    """A file's format is none that this program reads; the message names the key and the remedy, but no file."""


def brought(data: Mapping[str, Any], newest: int, steps: Mapping[int, Step]) -> dict[str, Any]:
    """Return a file's keys in the terms of the newest format, without the key `format`.

    Args:
        data: what the file holds.
        newest: the format that the program writes.
        steps: by the format that each starts from; where one is missing, that format only had fewer keys.

    Raises:
        FormatError: the file's format is newer, or no format.
    """
    found = data.get(KEY, 1)
    keys = {name: value for name, value in data.items() if name != KEY}
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise FormatError(f"key '{KEY}' is {found!r}; it is a whole number from 1 to {newest}: remove the line")
    if found > newest:
        raise FormatError(f"key '{KEY}' is {found}, newer than this tui_aide's {newest}; update tui_aide")
    for number in range(found, newest):
        if step := steps.get(number):
            keys = step(keys)
    return keys
