"""The inputs of scripts on a node: each fetched once, read-only, checked, and swept when old or too many."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_aide.errors import ExecutionError
from tui_aide.execution.remote.node_folders import lock
from tui_aide.execution.remote.parcels import FolderWriter, Part, digest, files_below, fingerprint
from tui_aide.tasks.read_only import make_read_only, remove_tree

_OLD_SECONDS = 7 * 86400.0
_MOST_BYTES = 20 * 2**30
_ANY = 2**62


class InputsChanged(Exception):
    """A script changed inputs that others use, too."""


class InputCache:
    """Input folders by the hash of their content.

    Args:
        folder: where they lie; several processes may use it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, dict[str, tuple[int, int, int, int]]] = {}

    @contextmanager
    def hold(self, name: str, fetch: Callable[[], Iterable[Part]]) -> Iterator[Path]:
        """Give the folder of a hash, which stays while the block runs.

        Args:
            name: the hash.
            fetch: gives the parts of the folder; called where it is not here, or damaged.

        Raises:
            ExecutionError: what came is not what was sent, or the disk is full.
            InputsChanged: at the end, the folder is not as it was.
        """
        folder = self._folder / name
        with lock(self._guard(name, "use"), fcntl.LOCK_SH):
            with lock(self._guard(name, "fill"), fcntl.LOCK_EX):
                if not self._whole(name):
                    self._sweep(name)
                    self._fill(name, fetch)
            os.utime(self._guard(name, "use"))
            before = self._seen[name]
            yield folder
            if fingerprint(folder) != before:
                self._seen.pop(name, None)
                raise InputsChanged(name)

    def _guard(self, name: str, what: str) -> Path:
        return self._folder / f"{name}.{what}"

    def _whole(self, name: str) -> bool:
        """Say whether a folder is there and as it was; read whole when this process sees it for the first time."""
        folder = self._folder / name
        if not folder.is_dir():
            return False
        now = fingerprint(folder)
        if name in self._seen:
            return self._seen[name] == now
        with contextlib.suppress(OSError):
            if digest(folder) == name:
                self._seen[name] = now
                return True
        return False

    def _fill(self, name: str, fetch: Callable[[], Iterable[Part]]) -> None:
        folder = self._folder / name
        fresh = self._folder / f"{name}.{uuid.uuid4().hex[:8]}.new"
        fresh.mkdir()
        try:
            writer = FolderWriter(fresh, _ANY, _ANY)
            try:
                for part in fetch():
                    writer.take(part)
            finally:
                writer.close()
            if digest(fresh) != name:
                raise ExecutionError(f"{folder} arrived damaged from Ray's object store; run it again.")
            make_read_only(fresh)
            fresh.chmod(0o755)  # a folder that may not be written cannot be renamed everywhere
            if folder.exists():
                damaged = fresh.with_suffix(".bad")
                folder.chmod(0o755)
                folder.rename(damaged)
                remove_tree(damaged, ignore_errors=True)
            fresh.rename(folder)
            folder.chmod(0o555)
        except OSError as error:
            raise ExecutionError(f"{folder} cannot be written: {error.strerror}; free some space there.") from error
        finally:
            remove_tree(fresh, ignore_errors=True)
        self._seen[name] = fingerprint(folder)

    def _sweep(self, name: str) -> None:
        """Remove folders that were not used for a week, and the oldest while all are more than 20 GB."""
        found = []
        for guard in self._folder.glob("*.use"):
            with contextlib.suppress(OSError):
                if guard.stem != name:
                    size = sum(size for _, size in files_below(self._folder / guard.stem))
                    found.append((guard.stat().st_mtime, guard.stem, size))
        total = sum(size for _, _, size in found)
        for used, other, size in sorted(found):
            if time.time() - used < _OLD_SECONDS and total <= _MOST_BYTES:
                break
            with contextlib.suppress(OSError), lock(self._guard(other, "use"), fcntl.LOCK_EX | fcntl.LOCK_NB):
                remove_tree(self._folder / other, ignore_errors=True)
                total -= size
        for stray in self._folder.glob("*.new"):  # of a worker that was killed while it wrote
            with contextlib.suppress(OSError):
                if time.time() - stray.stat().st_mtime > _OLD_SECONDS:
                    remove_tree(stray, ignore_errors=True)
