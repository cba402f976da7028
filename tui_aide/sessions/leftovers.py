"""What processes that died have left: half-made sessions, half-published solutions, sockets without a listener."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import tempfile
import time
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import DELETED, NEW, SessionFolder, of_the_dead
from tui_aide.sessions.lock import WriterLock, is_running
from tui_aide.sessions.places import all_sessions
from tui_aide.sessions.runtime_folder import is_dead
from tui_aide.tasks.read_only import remove_tree

_SOCKET = "runner.sock"
_IN_SESSION = (".best-*", ".reserve", ".*.toml.*", ".*.json.*")
"""What a runner makes for a moment only, while it publishes or writes a file in one step."""

_LONG = 60

_FRESH_SECONDS = 60.0
"""A folder for temporary files that is younger may be about to get its socket."""


def leftovers(place: Path) -> list[Path]:
    """Return what dead processes have left below a place of sessions, and of ours in the folder for temporary files."""
    found = [p for prefix in (NEW, DELETED) for p in sorted(place.glob(f"{prefix}*")) if of_the_dead(p)]
    for session in all_sessions(place):
        if not is_running(session):
            found += _in_session(session)
    told = _told_to_processes()
    for temporary in _temporary_folders():
        found += [p for p in sorted(temporary.glob("tui-aide-*")) if is_dead(p) or _is_dead_place(p, told)]
    return found


def _temporary_folders() -> list[Path]:
    """Return where runners put their sockets: not below a long TMPDIR, as paths of sockets must be short."""
    usual = Path(tempfile.gettempdir())
    return [usual] if len(str(usual)) <= _LONG else [usual, Path("/tmp")]


def sweep(found: list[Path]) -> int:
    """Remove what `leftovers` found and is still left over, and return how many were removed."""
    told = _told_to_processes()
    return sum(_remove(path, told) for path in found)


def _in_session(session: SessionFolder) -> list[Path]:
    return [p for pattern in _IN_SESSION for p in sorted(session.path.glob(pattern))]


def _remove(path: Path, told: bytes | None) -> bool:
    """Remove one; in a session only while its lock is held, so that no runner can have begun meanwhile."""
    try:
        if path.name.startswith("tui-aide-"):
            if is_dead(path):
                remove_tree(path)
                return True
            if not _is_dead_place(path, told):
                return False
            (path / _SOCKET).unlink(missing_ok=True)
            path.rmdir()
            return True
        if path.name.startswith((NEW, DELETED)):
            remove_tree(path)
            return True
        lock = WriterLock(SessionFolder(path.parent), patience=0.0)
        try:
            if path.is_dir() and not path.is_symlink():
                remove_tree(path)
            else:
                path.unlink()
        finally:
            lock.release()
    except (OSError, SessionError):
        return False
    return True


def _is_dead_place(path: Path, told: bytes | None) -> bool:
    """Whether a folder is our own, and is empty and `told` to no process, or holds but a socket without a listener."""
    if path.name.removeprefix("tui-aide-").isdigit():  # where workers of clusters keep what they share
        return False
    try:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return False
        names = [p.name for p in path.iterdir()]
    except OSError:
        return False
    if not names:
        unused = told is not None and os.fsencode(path.name) not in told
        return unused and time.time() - status.st_mtime > _FRESH_SECONDS
    return names == [_SOCKET] and _is_deaf(path / _SOCKET)


def _is_deaf(path: Path) -> bool:
    """Whether nobody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _told_to_processes() -> bytes | None:
    """Return all that the processes that we may look at were told at their start, and where they work; None unknown."""
    processes = Path("/proc")
    if not (processes / "self" / "environ").is_file():
        return None
    told = []
    for process in processes.iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                told.append((process / "environ").read_bytes())
                told.append(os.fsencode((process / "cwd").readlink()))
    return b"\0".join(told)
