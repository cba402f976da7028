"""Taking a submission out of a folder that a stranger's script wrote: one copy, made once, of a plain file only.

The scorer may read what a script may not, so a link to the private labels, or to anything else, is never followed.
What is copied is what is scored and kept, whatever becomes of the script's own file.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.task import TaskView

PLACES = (("submission.csv",), ("working", "submission.csv"))
"""Where a script may leave its submission below its folder: ours, and AIDE's."""

_CHUNK = 1 << 20
_LEAST = 1_000_000
_CELL = 64
_TEXT = 1_000
_UNKNOWN = 1_000_000_000
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def most_bytes(view: TaskView) -> int:
    """Return how large a task's submission may be, in bytes: ample for its rows, or 1 GB where these are not known."""
    shown = view.files.get("input/test.csv")
    if not view.prediction_columns or shown is None:
        return _UNKNOWN
    cell = _TEXT if view.kind == "texts" else _CELL + max(map(len, view.classes), default=0) * 4
    return _LEAST + shown + view.test_rows * (len(view.prediction_columns) + 2) * cell


def receive(work: Path, goal: Path, most: int, rows: int = 0) -> Path:
    """Copy what a script left as its submission; nothing is copied where it left none.

    Args:
        work: the script's folder; nothing in it writes any more.
        goal: the file for the copy, where no script can write.
        most: bytes that it may have.
        rows: how many rows are asked for, for the message; 0 where that is not known.

    Returns:
        Path: the copy, which is not there where there is no submission.

    Raises:
        InvalidSubmission: what is there is no plain file of that size.
        SessionError: the copy cannot be written.
    """
    goal.unlink(missing_ok=True)
    for place in PLACES:
        fd = open_below(work, place)
        if fd is None:
            continue
        try:
            _check_size("/".join(place), os.fstat(fd).st_size, most, rows)
            _copy(fd, goal, most)
        finally:
            os.close(fd)
        break
    return goal


def open_below(folder: Path, place: Sequence[str]) -> int | None:
    """Open a plain file below a folder for reading, no part of its path being a link; None where there is none.

    Returns:
        int | None: a file descriptor, to be closed.

    Raises:
        InvalidSubmission: it is something else, or its way leads elsewhere.
    """
    try:
        _check_kind(folder.name, folder.lstat(), folder=True)
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InvalidSubmission(f"{folder.name} cannot be read: {error.strerror}") from error
    try:
        for depth, part in enumerate(place, 1):
            name, last = "/".join(place[:depth]), depth == len(place)
            try:
                status = os.stat(part, dir_fd=at, follow_symlinks=False)
                if not last and not stat.S_ISDIR(status.st_mode) and not stat.S_ISLNK(status.st_mode):
                    return None  # a file of that name holds no submission
                _check_kind(name, status, folder=not last)
                kind = os.O_NONBLOCK if last else os.O_DIRECTORY
                fd = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=at)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise InvalidSubmission(f"{name} cannot be read: {error.strerror}") from error
            os.close(at)
            at = fd
            _check_kind(name, os.fstat(at), folder=not last)
        found, at = at, -1
        return found
    finally:
        if at >= 0:
            os.close(at)


def _check_kind(name: str, status: os.stat_result, *, folder: bool) -> None:
    """Refuse what is neither a plain file of its own nor, on the way to it, a folder.

    Raises:
        InvalidSubmission: it is not.
    """
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        raise InvalidSubmission(f"{name} is a symbolic link; the script must write {_wanted(folder)} of that name")
    if folder:
        return
    if kind != stat.S_IFREG:
        raise InvalidSubmission(f"{name} is {_KINDS.get(kind, 'no file')}; the script must write a file of that name")
    if status.st_nlink > 1:
        raise InvalidSubmission(f"{name} is a hard link to another file; the script must write a file of its own")


def _wanted(folder: bool) -> str:
    return "a folder" if folder else "a file"


def _check_size(name: str, size: int, most: int, rows: int) -> None:
    if size > most:
        asked = f"for {rows:,} rows it" if rows else "it"
        raise InvalidSubmission(f"{name} has {size / 1e6:,.1f} MB; {asked} may have {most / 1e6:,.1f} MB")


def _copy(source: int, goal: Path, most: int) -> None:
    """Copy at most `most` bytes.

    Raises:
        InvalidSubmission: it cannot be read.
        SessionError: the copy cannot be written.
    """
    left = most
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with goal.open("xb") as file:
            while left > 0:
                try:
                    chunk = os.read(source, min(left, _CHUNK))
                except OSError as error:
                    raise InvalidSubmission(f"{goal.name} cannot be read: {error.strerror}") from error
                if not chunk:
                    break
                left -= len(chunk)
                file.write(chunk)
    except OSError as error:
        remedy = "; free some space, then resume" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise SessionError(f"{goal}: cannot be written: {error.strerror}{remedy}") from error
