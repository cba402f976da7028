"""The files that scripts see, as the view lists them for the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui_aide.tasks.linked import FEW, count_files, first_files

MOST_FILES = 200
"""Files that the view lists; of folders with more (images) the first ones."""

_TABLES = ("train.csv", "test.csv", "sample_submission.csv", "description.md")


def list_files(folder: Path) -> dict[str, int]:
    """Return path -> size in bytes of files in an input folder, the tables first, at most `MOST_FILES`."""
    found: dict[str, int] = {}
    for path in _files(folder):
        name = f"input/{path.relative_to(folder).as_posix()}"
        if name not in found and path.is_file():
            found[name] = path.stat().st_size
            if len(found) == MOST_FILES:
                break
    return found


def note_linked_folders(folder: Path) -> list[str]:
    """Return a line for each linked folder of an input folder of which the list shows a few files only."""
    notes = []
    for path in sorted(folder.iterdir()):
        if path.is_symlink() and path.is_dir() and (count := count_files(path)) > FEW:
            notes.append(f"input/{path.name} holds {count:,} files; a few of them are listed.")
    return notes


def _files(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _TABLES)
    linked = [path for path in sorted(folder.iterdir()) if path.is_symlink()]
    yield from (path for path in linked if path.is_file())
    # What lies beside the tables comes before what is in folders: one of those may fill the list.
    shallow = sorted(folder.rglob("*"), key=lambda path: (len(path.parts), path))
    yield from (path for path in shallow if not path.is_symlink())
    for path in linked:
        if path.is_dir():
            yield from first_files(path)
