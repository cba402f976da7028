"""Folders on their way from machine to machine: read in parts, written back without following a link, told by hash."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

PART_BYTES = 1 << 20
_DEPTH = 64


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Bytes of the file at `path`, which is relative with `/` between names; `begins` with a file's first part."""

    path: str
    data: bytes
    begins: bool


def files_below(folder: Path, *, follow: bool = False) -> list[tuple[str, int]]:
    """Return the regular files below a folder, sorted, with their sizes; what vanishes meanwhile is left out.

    Args:
        folder: where to look; linked folders are never entered.
        follow: whether a link to a file counts as the file, else it is left out.
    """
    found: list[tuple[str, int]] = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            with contextlib.suppress(OSError):
                status = path.stat(follow_symlinks=follow)
                if stat.S_ISREG(status.st_mode):
                    found.append((path.relative_to(folder).as_posix(), status.st_size))
    return sorted(found)


def read_parts(folder: Path, paths: Iterable[str], *, follow: bool = False) -> Iterator[Part]:
    """Read files, each as one part or more of at most `PART_BYTES`.

    Raises:
        OSError: a file cannot be read, or is a link and not to be followed.
    """
    for path in paths:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        with open(os.open(folder / path, flags), "rb", buffering=0) as file:  # noqa: PTH123 - has flags of its own
            begins = True
            while (data := file.read(PART_BYTES)) or begins:
                yield Part(path, data, begins)
                begins = False


def digest(folder: Path) -> str:
    """Return the SHA-256 of all files below a folder: their paths, sizes and contents.

    Raises:
        OSError: a file cannot be read.
    """
    sum_ = hashlib.sha256()
    for path, size in files_below(folder, follow=True):
        sum_.update(f"{path}\0{size}\0".encode("utf-8", "surrogateescape"))
        with (folder / path).open("rb") as file:
            while data := file.read(PART_BYTES):
                sum_.update(data)
    return sum_.hexdigest()


def fingerprint(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """Return what tells a change of any file below a folder, without reading one.

    The time of a file's last change of state is among it, which no owner can set.
    """
    found: dict[str, tuple[int, int, int, int]] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            with contextlib.suppress(OSError):
                status = path.stat()
                found[os.fspath(path)] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


class FolderWriter:
    """Writes parts below a folder, whoever sent them: never outside it, through a link, or more than allowed.

    Attributes:
        refused: files that were not written for that.
    """

    def __init__(self, folder: Path, most_bytes: int, most_files: int) -> None:
        """Open the folder.

        Raises:
            OSError: there is none.
        """
        self.refused = 0
        self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._file = -1
        self._bytes, self._files = most_bytes, most_files

    def take(self, part: Part) -> None:
        """Write a part; what belongs to a refused file is dropped.

        Raises:
            OSError: the disk is full.
        """
        if part.begins:
            self._finish()
            self._files -= 1
            try:
                if self._files >= 0:
                    self._file = self._open(part.path)
            except (OSError, ValueError):
                self._file = -1
            self.refused += self._file < 0
        if self._file < 0:
            return
        self._bytes -= len(part.data)
        if self._bytes < 0:
            self._finish()
            self.refused += 1
            return
        data = memoryview(part.data)
        while data:
            data = data[os.write(self._file, data) :]

    def close(self) -> None:
        """Let go of the folder."""
        self._finish()
        os.close(self._root)

    def _finish(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _open(self, path: str) -> int:
        """Open a file for writing, with every folder on the way looked at: a link raises as what is no folder does."""
        names = path.split("/")
        if len(names) > _DEPTH or any(name in ("", ".", "..") or "\0" in name for name in names):
            raise ValueError(path)
        here = os.dup(self._root)
        try:
            for name in names[:-1]:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=here)
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
                os.close(here)
                here = below
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            return os.open(names[-1], flags, 0o644, dir_fd=here)
        finally:
            os.close(here)
