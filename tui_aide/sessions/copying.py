"""Copying what a session holds: whole folders, by reference where the file system can share the blocks of copies."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

_ELSEWHERE = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM, errno.ETXTBSY, errno.EBADF)
"""What the kernel says where it cannot copy between these files itself."""

_AT_ONCE = 1 << 30


def copy_file(source: Path, goal: Path) -> None:
    """Copy a file's content and mode; where it can, the file system shares the blocks until one of both changes.

    Raises:
        OSError: it cannot be read or written; nothing half stays behind.
    """
    try:
        _by_kernel(source, goal)
    except OSError as e:
        goal.unlink(missing_ok=True)
        if e.errno not in _ELSEWHERE:
            raise
        shutil.copyfile(source, goal)
    goal.chmod(stat.S_IMODE(source.stat().st_mode))


def copy_folder(source: Path, goal: Path, wanted: Callable[[str], bool] = lambda _: True) -> None:
    """Copy a folder and all that is below it; links are copied as links, pipes and the like are left out.

    Args:
        source: the folder.
        goal: the new one; it must not exist.
        wanted: whether something at the folder's top, by its name, is copied.

    Raises:
        OSError: something cannot be read or written.
    """
    goal.mkdir()
    made = [(source, goal)]
    for come_from, go_to in made:
        with os.scandir(come_from) as entries:
            for entry in entries:
                if come_from == source and not wanted(entry.name):
                    continue
                there, here = Path(entry.path), go_to / entry.name
                if entry.is_symlink():
                    here.symlink_to(there.readlink())
                elif entry.is_dir():
                    here.mkdir()
                    made.append((there, here))
                elif entry.is_file():
                    copy_file(there, here)
    for come_from, go_to in reversed(made):  # last, as folders may be read-only
        go_to.chmod(stat.S_IMODE(come_from.stat().st_mode))


def _by_kernel(source: Path, goal: Path) -> None:
    if not hasattr(os, "copy_file_range"):  # not Linux
        raise OSError(errno.ENOSYS, "no copy_file_range")
    with source.open("rb") as reader, goal.open("xb") as writer:
        size = os.fstat(reader.fileno()).st_size
        copied = 0
        while chunk := os.copy_file_range(reader.fileno(), writer.fileno(), _AT_ONCE):
            copied += chunk
        if copied < size:  # some file systems say that they copied and did not
            raise OSError(errno.EOPNOTSUPP, "not copied in full")
