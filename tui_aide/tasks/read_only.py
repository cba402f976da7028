"""Folders that scripts may read but not write, and removing them: whoever removes a session must unlock it first."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path


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
    """Remove a folder and all that is below it, also where folders in it may not be written.

    Links are removed, never followed.

    Raises:
        OSError: something cannot be removed, unless that is to be ignored.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        if not ignore_errors:
            raise
    except OSError:
        _unlock(folder)
        shutil.rmtree(folder, ignore_errors=ignore_errors)


def _unlock(folder: Path) -> None:
    """Give the owner all rights on the folders of a tree, as far as they are the owner."""
    todo = [folder]
    while todo:
        path = todo.pop()
        try:
            if stat.S_ISDIR(path.lstat().st_mode):
                path.chmod(0o700)
                todo += [Path(entry.path) for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # rmtree tells what is wrong with it
