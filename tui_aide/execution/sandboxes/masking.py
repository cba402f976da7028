"""What of this very package scripts must not see: the generators of the bundled tasks, which can make their labels."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import tui_aide

PACKAGE = str(Path(tui_aide.__file__).resolve().parent)
"""By its real path."""
MASKED = (os.path.join(PACKAGE, "tasks", "bundled"),)  # noqa: PTH118 - a string, as a view has them
"""Folders that are empty, or cannot be read, in every sandbox."""


def instead_of(place: str) -> list[str]:
    """Return what is shown in place of a folder: of this project's own sources only the package and environments.

    An editable install puts the whole project on the path, with tests, benchmarks and the history in it.

    Args:
        place: a folder by its real path.
    """
    project = str(Path(PACKAGE).parent)
    if place != project or not os.access(f"{project}/pyproject.toml", os.F_OK):
        return [place]
    prefixes = [os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    shown = [prefix for prefix in prefixes if prefix.startswith(f"{project}/")]
    shown += [entry.path for entry in os.scandir(project) if os.access(f"{entry.path}/pyvenv.cfg", os.F_OK)]
    return [PACKAGE, *dict.fromkeys(shown)]


def masked_in(readable: Iterable[str]) -> list[str]:
    """Return the masked folders that lie in these."""
    places = list(readable)
    return [path for path in MASKED if os.path.isdir(path) and any(_within(path, place) for place in places)]  # noqa: PTH112


def around(readable: Iterable[str], masked: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the places without the masked folders in them, and the folders that may be listed only.

    For a sandbox that can allow but not forbid: a place that holds a masked folder is replaced by all else in it.
    Links are left out, as what they lead to is either among these or was never shown.
    """
    shown, listed = list(readable), list[str]()
    for path in masked:
        outer = next((place for place in shown if _within(path, place)), None)
        if outer is None:
            continue
        shown.remove(outer)
        at = outer
        for part in path[len(outer) :].strip("/").split("/"):
            listed.append(at)
            with os.scandir(at) as entries:
                shown += [entry.path for entry in entries if entry.name != part and not entry.is_symlink()]
            at = f"{at}/{part}"
    return shown, listed


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")
