"""Where tui_aide keeps its things on a node of a cluster: work folders of running scripts, and inputs between them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tui_aide.errors import ExecutionError
from tui_aide.tasks.read_only import remove_tree


def cache_folder() -> Path:
    """Return the user's folder for inputs; made where it is missing.

    Raises:
        ExecutionError: it cannot be written.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - of an unset HOME, too
    folder = Path(base, "tui-aide", "ray")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError
    except OSError:
        folder = _private_folder() / "inputs"
        folder.mkdir(exist_ok=True)
    return folder


def _private_folder() -> Path:
    """Return our folder below that for temporary files, which other users may have laid traps in."""
    folder = Path(tempfile.gettempdir(), f"tui-aide-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise ExecutionError(f"{folder} cannot be made: {error.strerror}; free some space there.") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise ExecutionError(f"{folder} is not a folder of your own alone; remove it.")
    return folder


@contextmanager
def lock(path: Path, kind: int) -> Iterator[None]:
    """Hold a file locked, `fcntl.LOCK_SH` or `LOCK_EX`; with `LOCK_NB`, a BlockingIOError tells that another has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, kind)
        yield
    finally:
        os.close(fd)


@contextmanager
def work_folder() -> Iterator[Path]:
    """Make a folder for one run, and remove it in the end; what dead workers have left is removed first.

    Raises:
        ExecutionError: it cannot be made.
    """
    place = _private_folder() / "runs"
    place.mkdir(mode=0o700, exist_ok=True)
    _sweep(place)
    folder = place / uuid.uuid4().hex[:12]
    guard = folder.with_suffix(".lock")
    # A sweeper takes only the locks that have a folder, so that it cannot take this one before we hold it.
    with lock(guard, fcntl.LOCK_EX):
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            guard.unlink(missing_ok=True)
            raise ExecutionError(f"{folder} cannot be made: {error.strerror}; free some space there.") from error
        try:
            yield folder
        finally:
            remove_tree(folder, ignore_errors=True)
            guard.unlink(missing_ok=True)


def _sweep(place: Path) -> None:
    """Kill and remove what is left of runs whose worker was killed, too."""
    for guard in place.glob("*.lock"):
        folder = guard.with_suffix("")
        if not folder.exists():
            continue
        with contextlib.suppress(OSError), lock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB):
            _kill_below(folder)
            remove_tree(folder, ignore_errors=True)
            guard.unlink(missing_ok=True)


def _kill_below(folder: Path) -> None:
    """Kill our processes that were started for a run: their home or current folder is below its folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder) or Path(process.environ().get("HOME", "/")).is_relative_to(
                folder
            ):
                process.kill()
