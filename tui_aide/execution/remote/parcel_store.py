"""Input folders in the cluster's object store: each content is put there once, whoever asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.execution.remote.parcels import Part, digest, files_below, fingerprint, read_parts

_OBJECT_BYTES = 32 << 20


class Parcel(msgspec.Struct, frozen=True):
    """A folder in the store: the hash of its content, and references to its parts."""

    name: str
    references: list[Any]


class ParcelStore:
    """Keeps references to what was put into the store, so that Ray keeps that, too."""

    def __init__(self) -> None:
        self._parcels: dict[str, Parcel] = {}
        self._names: dict[Path, tuple[dict[str, tuple[int, int, int, int]], str]] = {}
        self._lock = asyncio.Lock()

    async def parcel(self, folder: Path) -> Parcel:
        """Return a folder's parcel, made now where there is none of that content.

        Raises:
            OSError: a file cannot be read.
        """
        async with self._lock:
            return await asyncio.to_thread(self._parcel, folder)

    def _parcel(self, folder: Path) -> Parcel:
        seen = fingerprint(folder)
        known = self._names.get(folder)
        if known is None or known[0] != seen:
            known = self._names[folder] = (seen, digest(folder))
        name = known[1]
        if name not in self._parcels:
            import ray

            self._parcels[name] = Parcel(name, [ray.put(batch) for batch in _batches(folder)])
        return self._parcels[name]


def _batches(folder: Path) -> Iterator[bytes]:
    """Give the parts of a folder, packed, by about 32 MB."""
    batch: list[Part] = []
    size = 0
    for part in read_parts(folder, [path for path, _ in files_below(folder, follow=True)], follow=True):
        batch.append(part)
        size += len(part.data)
        if size >= _OBJECT_BYTES:
            yield msgspec.msgpack.encode(batch)
            batch, size = [], 0
    yield msgspec.msgpack.encode(batch)
