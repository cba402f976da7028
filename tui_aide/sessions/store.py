"""The engine's store on a session folder: journal, node files, streams and the published best."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tui_aide.engine.store import HandedIn
from tui_aide.errors import SessionError
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.exchange import exchange
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalWriter
from tui_aide.sessions.write_errors import cannot_write
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tree.events import Event, NodeFinished, SessionFinished

_FLUSH_SECONDS = 0.05
_RESERVE_BYTES = 262_144
"""More than scripts that still run are likely to take in the moment in which it is given free."""
_SCRIPTS_OWN = ("work", "received")
_BEST_FILES = ("solution.py", "submission.csv", "score.json", "plan.md")


class FileSink:
    """A text file that grows; what is written reaches it every 50 ms while it is written to, and at close."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO = path.open("a", encoding="utf-8", errors="replace", buffering=1 << 16, newline="")
        self._flushed = 0.0

    def write(self, text: str) -> None:
        """Add text."""
        try:
            self._file.write(text)
            now = time.monotonic()
            if now - self._flushed > _FLUSH_SECONDS:
                self._file.flush()
                self._flushed = now
        except OSError as e:
            raise cannot_write(self._path, e) from e

    def close(self) -> None:
        """Write what is left and close."""
        try:
            self._file.close()
        except OSError as e:
            raise cannot_write(self._path, e) from e


class FolderStore:
    """Implements the engine's `Store` on a session folder that this process has locked.

    What is written survives the death of this process at once, and a power cut after the next `sync`.
    """

    def __init__(self, folder: SessionFolder, last_seq: int = 0) -> None:
        """Open the journal, and remove what a writer that died in the middle left half made.

        Raises:
            SessionError: the folder cannot be written.
        """
        self._folder = folder
        self.journal = JournalWriter(folder.journal, last_seq)
        self._unsynced: set[Path] = set()
        self._reserve = folder.path / ".reserve"
        _sweep(folder.path)
        try:
            self._reserve.write_bytes(bytes(_RESERVE_BYTES))
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def append(self, event: Event) -> Event:
        """Record an event in the journal.

        For the last one, which tells why the search ended, there is room even on a disk that is full by now.
        """
        if isinstance(event, NodeFinished):
            self._unsynced.add(self._folder.node(event.node))
        try:
            return self.journal.append(event)
        except SessionError:
            if not isinstance(event, SessionFinished):
                raise
            with contextlib.suppress(OSError):
                self._reserve.unlink(missing_ok=True)
            return self.journal.append(event)

    async def sync(self) -> None:
        """Force to the disk, outside the event loop, what was added since: files of finished nodes, then the journal.

        Raises:
            SessionError: the disk does not take it.
        """
        if self._unsynced or self.journal.dirty:
            folders, self._unsynced = self._unsynced, set()
            await asyncio.to_thread(self._force, folders)

    def _force(self, folders: set[Path]) -> None:
        for folder in folders:
            for path in _durable_files(folder):
                try:
                    fd = os.open(path, os.O_RDONLY)
                    try:
                        os.fsync(fd)
                    finally:
                        os.close(fd)
                except FileNotFoundError:
                    continue  # replaced meanwhile
                except OSError as e:
                    raise cannot_write(path, e) from e
        self.journal.sync()

    def node_folder(self, node: int, place: str = "") -> Path:
        """Return the node's folder, or one below it, made when it is missing."""
        path = self._folder.node(node) / place
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise cannot_write(path, e) from e
        return path

    def clear_node(self, node: int, keep: tuple[str, ...] = ()) -> None:
        """Remove the files of a node but those named in `keep`."""
        folder = self._folder.node(node)
        if not folder.is_dir():
            return
        try:
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    remove_tree(path)
                elif path.name not in keep:
                    path.unlink()
        except OSError as e:
            raise cannot_write(folder, e) from e

    def write(self, node: int, name: str, text: str) -> None:
        """Write one of the node's files whole."""
        path = self._path(node, name)
        try:
            write_atomically(path, text.encode("utf-8", "replace"), durable=False)
        except OSError as e:
            raise cannot_write(path, e) from e

    def read(self, node: int, name: str, tail: int | None = None) -> str:
        """Return one of the node's files, or its last `tail` characters; empty if it has none."""
        try:
            with (self._folder.node(node) / name).open("rb") as file:
                if tail is not None:
                    file.seek(max(0, os.fstat(file.fileno()).st_size - tail))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def stream(self, node: int, name: str) -> FileSink:
        """Open one of the node's files to stream into."""
        path = self._path(node, name)
        try:
            return FileSink(path)
        except OSError as e:
            raise cannot_write(path, e) from e

    def rename(self, node: int, name: str, to: str) -> None:
        """Give one of the node's files or folders another name in place of what has it."""
        source, goal = self._folder.node(node) / name, self._path(node, to)
        try:
            if goal.is_dir() and not goal.is_symlink():
                remove_tree(goal)
            source.rename(goal)
        except FileNotFoundError:
            return
        except OSError as e:
            raise cannot_write(goal, e) from e

    def _path(self, node: int, name: str) -> Path:
        place, _, last = name.rpartition("/")
        return self.node_folder(node, place) / last

    def final_folder(self) -> Path:
        """Return the folder for what is made at the end of a search; what is written there first makes it."""
        return self._folder.path / "final"

    def withdraw(self) -> None:
        """Remove `best/`."""
        try:
            if self._folder.best.exists():
                gone = Path(tempfile.mkdtemp(dir=self._folder.path, prefix=".best-"))
                self._folder.best.rename(gone)  # in one step: a death leaves all of it or none
                shutil.rmtree(gone)
        except OSError as e:
            raise cannot_write(self._folder.best, e) from e

    def publish(self, node: int, handed_in: HandedIn | None = None) -> None:
        """Replace `best/` by the node's solution, submission and score, or with the submission that is handed in.

        Of a blend `best/` has `ensemble.json`, and each member's script in `members/`.

        The new folder is complete before it changes names with the old one in one step. Where the system cannot do
        that, a reader in between finds, for an instant, none.
        """
        source, best = self._folder.node(node), self._folder.best
        try:
            for left in self._folder.path.glob(".best-*"):  # of a death in the middle
                shutil.rmtree(left)
            fresh = Path(tempfile.mkdtemp(dir=self._folder.path, prefix=".best-"))
            fresh.chmod(0o755)
            for name in _BEST_FILES:
                if (source / name).is_file():
                    shutil.copyfile(source / name, fresh / name)
            if handed_in is not None and handed_in.submission:
                self._add(handed_in, fresh)
            if not best.exists():
                fresh.rename(best)
            elif not exchange(fresh, best):
                best.rename(self._folder.path / ".best-old")
                fresh.rename(best)
            for left in self._folder.path.glob(".best-*"):
                shutil.rmtree(left, ignore_errors=True)
        except OSError as e:
            raise cannot_write(best, e) from e
        self._unsynced.add(best)

    def _add(self, handed_in: HandedIn, fresh: Path) -> None:
        submission = self.final_folder() / handed_in.submission
        if not submission.is_file():
            return
        shutil.copyfile(submission, fresh / "submission.csv")
        if handed_in.members:
            (fresh / "ensemble.json").write_text(handed_in.ensemble, encoding="utf-8")
            (fresh / "members").mkdir()
        for member in handed_in.members:
            script = self._folder.node(member) / "solution.py"
            if script.is_file():
                shutil.copyfile(script, fresh / "members" / f"{member:04d}.py")

    def close(self) -> None:
        """Force all to the disk, close the journal, and give back the room that was kept for its last event.

        Raises:
            SessionError: the disk does not take it.
        """
        try:
            self._force(self._unsynced)
        finally:
            with contextlib.suppress(OSError):
                self._reserve.unlink(missing_ok=True)
            self.journal.close()


def _sweep(session: Path) -> None:
    """Remove files and folders under provisional names, which a death in the middle has left."""
    for pattern in (".best-*", ".summary.json.*", ".runner.json.*"):
        for left in session.glob(pattern):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    left.unlink()


def _durable_files(folder: Path) -> Iterator[Path]:
    """Return a finished node's files, or those of `best`, and their folders last; what its scripts left is not ours."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SCRIPTS_OWN]
        yield from (Path(place) / name for name in names)
        yield Path(place)
