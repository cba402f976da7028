"""The double's engine: who runs, who waits, at what pace tokens come, and sleep."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from collections.abc import Sequence as Items
from contextlib import asynccontextmanager
from typing import Literal

from tests.vllm_double.counters import Counters
from tests.vllm_double.options import Options
from tests.vllm_double.prefix_cache import PrefixCache

End = Literal["abort", "error"]


class Sequence:
    """One choice on its way; `ended` tells why the engine broke it off, `sent` how many tokens are out."""

    def __init__(self, prompt: list[int], priority: int, now: float) -> None:
        self.prompt = prompt
        self.priority = priority
        self.arrived = now
        self.admitted = now
        self.first = 0.0
        self.last = 0.0
        self.cached = 0
        self.sent = 0
        self.ended: End | None = None
        self._waiting: asyncio.Future[None] | None = None

    async def pause(self, seconds: float | None) -> None:
        """Wait until woken, or for so many seconds."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, self.wake) if seconds is not None else None
        try:
            await self._waiting
        finally:
            if timer is not None:
                timer.cancel()
            self._waiting = None

    def wake(self) -> None:
        """End a pause."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Engine:
    """Runs up to `max_num_seqs` sequences and lets others wait, as the options say."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.running: set[Sequence] = set()
        self.counters = Counters(options)
        self.cache = PrefixCache(options.block_size, options.kv_tokens)
        self.level: int | None = None
        self.away: set[str] = set()
        self.paused = False
        self.dead = False
        self.generated = 0
        self.inbox = 0  # requests that came while asleep: neither running nor waiting
        self._queue: list[tuple[int, int, Sequence, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._open = asyncio.Event()  # new sequences may enter
        self._open.set()
        self._gate = asyncio.Event()  # those that run may go on
        self._gate.set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """Sequences in the queue."""
        return len(self._queue)

    @property
    def kv_usage(self) -> float:
        """Share of the cache that running sequences hold, 0 to 1."""
        held = sum(len(sequence.prompt) + sequence.sent for sequence in self.running)
        return min(1.0, held / self.options.kv_tokens)

    @asynccontextmanager
    async def admitted(self, sequence: Sequence) -> AsyncIterator[None]:
        """Hold a place in the batch; while the engine sleeps, or is full, this waits."""
        self.inbox += 1
        try:
            await self._open.wait()
        finally:
            self.inbox -= 1
        await self._enter(sequence)
        try:
            yield
        finally:
            self._leave(sequence)

    async def _enter(self, sequence: Sequence) -> None:
        loop = asyncio.get_running_loop()
        if len(self.running) >= self.options.max_num_seqs or self._queue:
            entry = (sequence.priority, next(self._order), sequence, loop.create_future())
            heapq.heappush(self._queue, entry)
            self._admit()
            try:
                await entry[3]
            except asyncio.CancelledError:
                if entry in self._queue:
                    self._queue.remove(entry)
                    heapq.heapify(self._queue)
                else:
                    self._leave(sequence)
                raise
        else:
            self._start(sequence)

    def _start(self, sequence: Sequence) -> None:
        self.running.add(sequence)
        self._idle.clear()
        sequence.admitted = asyncio.get_running_loop().time()
        sequence.cached = self.cache.take(sequence.prompt)
        self.counters.admit(sequence.prompt, sequence.cached)

    def _admit(self) -> None:
        while self._queue and len(self.running) < self.options.max_num_seqs:
            *_, sequence, ready = heapq.heappop(self._queue)
            if not ready.done():
                self._start(sequence)
                ready.set_result(None)

    def _leave(self, sequence: Sequence) -> None:
        self.running.discard(sequence)
        self._admit()
        if not self.running:
            self._idle.set()

    async def steps(self, sequence: Sequence, total: int, batch: int) -> AsyncIterator[int]:
        """Yield how many of `total` tokens are due so far, at the options' pace, until all are or it is ended."""
        loop, rate = asyncio.get_running_loop(), self.options.tokens_per_second
        start = sequence.admitted + self.options.first_token
        if self.options.prefill_per_second:
            start += (len(sequence.prompt) - sequence.cached) / self.options.prefill_per_second
        while sequence.sent < total and sequence.ended is None:
            if not self._gate.is_set():
                frozen = loop.time()
                while not self._gate.is_set() and sequence.ended is None:
                    await sequence.pause(None)
                start += loop.time() - frozen
                continue
            due = start + sequence.sent / rate if rate else start if not sequence.sent else 0.0
            left = due - loop.time()
            if left > 0:
                await sequence.pause(left)
                continue
            now = loop.time()
            ready = min(total, sequence.sent + batch, 1 + int((now - start) * rate) if rate else total)
            ready = max(ready, sequence.sent + 1)
            self.generated += ready - sequence.sent
            self.counters.generated.value += ready - sequence.sent
            if not sequence.sent:
                sequence.first = now
                self.counters.first_token(now - sequence.arrived)
            sequence.last = now
            sequence.sent = ready
            yield ready
            if not rate:
                await asyncio.sleep(0)

    def finish(self, sequence: Sequence, reason: str, asked_tokens: int) -> None:
        """Count a sequence that ended by itself."""
        self.counters.finish(sequence, reason, asked_tokens)

    def break_off(self, end: End) -> None:
        """End every running sequence, and those in the queue."""
        self.dead = self.dead or end == "error"
        for sequence in self.running:
            sequence.ended = end
            sequence.wake()
        for _, _, sequence, ready in self._queue:
            sequence.ended = end
            if not ready.done():
                ready.set_result(None)
        self._queue.clear()

    @property
    def asleep(self) -> bool:
        """Whether weights or cache are put away, or scheduling is (level 0)."""
        return bool(self.away)

    async def sleep(self, level: int, mode: str) -> None:
        """Fall asleep: end what runs (`abort`), let it end (`wait`) or freeze it (`keep`)."""
        await self._hold(mode)
        self.level = level
        self.away = {"weights", "kv_cache"} if level else {"scheduling"}
        if level:
            self.cache.clear()

    async def pause(self, mode: str) -> None:
        """Stop scheduling, in the same three ways."""
        await self._hold(mode)
        self.paused = True

    async def _hold(self, mode: str) -> None:
        self._open.clear()
        if mode == "keep":
            self._gate.clear()
        if mode == "abort":
            self.break_off("abort")
        if mode != "keep":
            await self._idle.wait()

    def wake(self, tags: Items[str] = ()) -> None:
        """Fetch back what the tags name, all by default; with all back, go on with what was frozen."""
        self.away -= set(tags or self.away)
        if not self.away:
            self.paused = False
            self._go_on()

    def resume(self) -> None:
        """Schedule again, unless asleep."""
        self.paused = False
        if not self.away:
            self._go_on()

    def _go_on(self) -> None:
        self.level = None
        self._open.set()
        self._gate.set()
        for sequence in self.running:
            sequence.wake()
