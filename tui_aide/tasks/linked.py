"""Files of a task that its sessions share with it by links (`link = true`): data too large for a copy each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

FEW = 20
"""Files of one linked folder that the view lists: names show the pattern, not the content."""

_EACH = 5


def link_files(paths: Iterable[Path], folders: Sequence[Path]) -> None:
    """Put a link to each file or folder into each of `folders`; it leads to the real path, so to one place only."""
    for path in paths:
        real = path.resolve()
        for folder in folders:
            (folder / path.name).symlink_to(real, target_is_directory=real.is_dir())


def linked_places(folder: Path) -> tuple[Path, ...]:
    """Return where the links at the top of an input folder lead: what a sandbox must show, read-only, beside it."""
    with os.scandir(folder) as entries:
        return tuple(sorted(Path(entry.path).resolve() for entry in entries if entry.is_symlink()))


def count_files(folder: Path) -> int:
    """Return the files below a folder; links to folders are not entered."""
    return sum(len(names) for _, _, names in os.walk(folder))


def first_files(folder: Path) -> Iterator[Path]:
    """Yield the first files of a folder, by name, and of those below it, at most `FEW` in all."""
    yield from islice(_of_each(folder), FEW)


def _of_each(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(root, name) for name in sorted(names)[:_EACH])
