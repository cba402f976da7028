"""Slots: so many scripts, or streams, at once at most, and fewer while the machine has too little memory left."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

FLOOR = 2**28
"""Bytes that a script is taken to need at least: Python with pandas and scikit-learn, and a little data."""
_REMEMBERED = 16
_LOOK_SECONDS = 0.5


class Slots:
    """A number of slots, each with its own name, handed out first come, first served.

    While scripts run, another one waits until the memory that is free holds what scripts of this search have used; one
    always may run, so nothing waits for ever.

    Args:
        count: scripts at once at most.
        free_memory: tells the bytes that are free where scripts run; None where that is not to be looked at.
    """

    def __init__(self, count: int, free_memory: Callable[[], int] | None = None) -> None:
        self._free: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
        self._count = 0
        self._names: set[int] = set()
        self.resize(count)
        self._free_memory = free_memory
        self._peaks: deque[int] = deque(maxlen=_REMEMBERED)
        self._door = asyncio.Lock()
        self._ended = asyncio.Event()
        self._running = 0

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[int, None]:
        """Wait for a free slot and for memory, and hold the slot."""
        slot = await self._next()
        try:
            async with self._door:
                await self._wait_for_memory()
                self._running += 1
            try:
                yield slot
            finally:
                self._running -= 1
                self._ended.set()
        finally:
            self._put_back(slot)

    def resize(self, count: int) -> None:
        """Have so many slots from now on; those too many are given up as they come free."""
        self._count = count
        for slot in range(count):
            if slot not in self._names:
                self._names.add(slot)
                self._free.put_nowait(slot)

    async def _next(self) -> int:
        while (slot := await self._free.get()) >= self._count:
            self._names.discard(slot)
        return slot

    def _put_back(self, slot: int) -> None:
        if slot < self._count:
            self._free.put_nowait(slot)
        else:
            self._names.discard(slot)

    def note_peak(self, memory: int) -> None:
        """Remember the most bytes that a script used."""
        if memory > 0:
            self._peaks.append(memory)

    @property
    def likely(self) -> int:
        """Bytes that the next script is likely to use: the most that recent ones did."""
        return max(FLOOR, *self._peaks) if self._peaks else FLOOR

    async def _wait_for_memory(self) -> None:
        while self._running and self._free_memory is not None and self._free_memory() < self.likely:
            self._ended.clear()
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._ended.wait()
            except TimeoutError:
                continue
