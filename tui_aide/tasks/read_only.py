"""Folders that scripts may read but not write, and removing them: whoever removes a session must unlock it first."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make_read_only(folder: Path) -> None:
    """Take the right to write from a folder and all that is below it; links are left alone.

    Files become 0444 and folders 0555. The superuser may write all the same.
    """
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                path.chmod(0o444)
        Path(root).chmod(0o555)


def remove_tree(folder: Path, *, ignore_errors: bool = False) -> None:
    """Remove a folder and all that is below it, however deep it is, also where folders in it may not be written.

    Links are removed, never followed; where `folder` itself is one, it alone is removed.

    Raises:
        OSError: something cannot be removed, unless that is to be ignored; all else is gone.
    """
    failed: list[OSError] = []
    try:
        if folder.is_symlink():
            folder.unlink()
        else:
            _empty(folder, failed)
            folder.rmdir()
    except OSError as error:
        failed.append(error)
    if failed and not ignore_errors:
        raise failed[0]


def _empty(folder: Path, failed: list[OSError]) -> None:
    """Remove what is in a folder: folders that are not empty are moved to its top first, so that none is ever deep.

    Neither their depth nor the length of their paths matters then, and no more than two are open at once.
    """
    with contextlib.suppress(OSError):  # opening it tells what is wrong with it
        folder.chmod(0o700)
    top = os.open(folder, _FOLDER)
    fresh = (f".{os.urandom(8).hex()}.{number}" for number in itertools.count())
    try:
        left = _clear(top, failed)
        while left:
            name = left.pop()
            try:
                left += _flatten(top, name, fresh, failed)
            except OSError as error:
                failed.append(error)
    finally:
        os.close(top)


def _flatten(top: int, name: str, fresh: Iterator[str], failed: list[OSError]) -> list[str]:
    """Remove a folder in `top`, and return the names under which its folders lie in `top` now."""
    moved: list[str] = []
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, _FOLDER, dir_fd=top)
    try:
        for child in _clear(inner, failed):
            goal = next(fresh)
            try:
                os.chmod(child, 0o700, dir_fd=inner)
                os.rename(child, goal, src_dir_fd=inner, dst_dir_fd=top)
                moved.append(goal)
            except OSError as error:
                failed.append(error)
    finally:
        os.close(inner)
    try:
        os.rmdir(name, dir_fd=top)
    except OSError as error:
        failed.append(error)
    return moved


def _clear(fd: int, failed: list[OSError]) -> list[str]:
    """Remove files, links and empty folders of an open folder; return the names of the other folders."""
    folders: list[str] = []
    with os.scandir(fd) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        try:
            if is_folder:
                os.rmdir(name, dir_fd=fd)
            else:
                os.unlink(name, dir_fd=fd)
        except OSError as error:
            if is_folder:
                folders.append(name)
            else:
                failed.append(error)
    return folders
