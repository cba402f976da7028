"""Lending a folder to another user for as long as a script runs, where the runner is root."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def lent(folder: Path, user: int, group: int) -> Iterator[None]:
    """Make a folder and all below it the user's; all is its former owner's again in the end.

    Only root can do that; for others nothing happens, and nothing need. A change of owner clears set-user-id bits, so
    that no program of the script's becomes its owner's.
    """
    status = folder.stat()
    if os.geteuid() or status.st_uid == user:
        yield
        return
    give(folder, user, group)
    try:
        yield
    finally:
        give(folder, status.st_uid, status.st_gid)


def give(folder: Path, user: int, group: int) -> None:
    """Change the owner of a folder and of all below it; links are not followed, what cannot be reached is left."""
    left = [os.fspath(folder)]
    _chown(left[0], user, group)
    while left:
        with contextlib.suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                _chown(entry.path, user, group)
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)


def _chown(path: str, user: int, group: int) -> None:
    with contextlib.suppress(OSError):
        os.chown(path, user, group, follow_symlinks=False)
