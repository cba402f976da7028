"""Who may use the GPU when: thinking and training at once, or in turns on one GPU.

In turns, a batch of samples streams while finished scripts wait; then the server sleeps and the scripts train on the
free GPU; then it wakes. A request sent to a sleeping server would hang without a word, so samples wait here instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, Protocol

from tui_aide.engine.gpu_switch import SLEEP_PAUSES, WAKE_PAUSES, GpuSwitch, Sleeper
from tui_aide.errors import ModelError, UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse

Turn = Literal["", "thinking", "training"]

PATIENCE = 300.0
"""Seconds that a script, or a sample, waits before no new one of the other side is let in."""

_CLOSE_SECONDS = 60.0


class GpuGate(Protocol):
    """Lets samples and scripts at the GPU."""

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Wait until a sample may stream; held while it does.

        Raises:
            ModelError: the server does not wake.
        """
        ...

    def training(self) -> AbstractAsyncContextManager[None]:
        """Wait until a node's script may run; held for all its folds."""
        ...

    @property
    def held_for(self) -> Turn:
        """Whose turn it is; an empty string where there are no turns."""
        ...

    async def aclose(self) -> None:
        """End the turns; no server is left asleep."""
        ...


class OpenGate:
    """Lets everybody in at once: each side has a GPU, or a part of one, of its own."""

    held_for: Turn = ""

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Let a sample in."""
        return contextlib.nullcontext()

    def training(self) -> AbstractAsyncContextManager[None]:
        """Let a script in."""
        return contextlib.nullcontext()

    async def aclose(self) -> None:
        """Do nothing."""


class _Side:
    """Those of one side: how many are at the GPU, and who waits since when, in order."""

    def __init__(self) -> None:
        self.inside = 0
        self.waiting: dict[asyncio.Future[None], float] = {}

    @property
    def idle(self) -> bool:
        return not self.inside and not self.waiting

    def admit(self) -> None:
        """Let in all who wait."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
                self.inside += 1
        self.waiting.clear()

    def refuse(self, error: BaseException) -> None:
        """Have all who wait raise an error."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_exception(error)
        self.waiting.clear()

    def longest(self, now: float) -> float:
        """Return the seconds that the first in the queue has waited."""
        return max((now - since for since in self.waiting.values()), default=0.0)


class AlternatingGate:
    """Lets either samples or scripts at the GPU, in turns.

    A turn lets in all who wait at its start, and then whoever comes, until it is over: that of thinking when no
    sample streams or waits while a script does, when `batch` scripts wait, or when one has waited for `patience`; that
    of training when no script runs or waits, or when a sample has waited for `patience`. Then nobody new is let in,
    those inside end undisturbed, and the GPU goes to the other side. So neither side waits for more than its patience
    and what was let in before it.

    Args:
        sleeper: the model server, or several on the same GPU.
        emit: takes the events of what is decided.
        batch: scripts that wait before the GPU goes to them.
        patience: seconds, see above.
        settle: seconds of quiet after which a side counts as idle; the next sample often begins just after one ends.
        gpu_use: what the GPUs hold, to tell what a sleep has freed.
        holders: who holds memory of the GPUs, in words, for a server that does not wake.
        sleep_pauses: seconds before each further try of putting the server to sleep.
        wake_pauses: seconds before each further try of waking it.
    """

    def __init__(
        self,
        sleeper: Sleeper,
        emit: Callable[[ev.Event], object],
        *,
        batch: int,
        patience: float = PATIENCE,
        settle: float = 0.05,
        gpu_use: Callable[[], Awaitable[Sequence[GpuUse]]] | None = None,
        holders: Callable[[], Awaitable[str]] | None = None,
        sleep_pauses: Sequence[float] = SLEEP_PAUSES,
        wake_pauses: Sequence[float] = WAKE_PAUSES,
    ) -> None:
        self._switch = GpuSwitch(
            sleeper, emit, gpu_use=gpu_use, holders=holders, sleep_pauses=sleep_pauses, wake_pauses=wake_pauses
        )
        self._batch, self._patience, self._settle = max(1, batch), patience, settle
        self._samples, self._scripts = _Side(), _Side()
        self._turn: Turn = ""
        self._open = False
        self._shared = False
        self._wake_failed = False
        self._idle_since: float | None = None
        self._changed = asyncio.Event()
        self._driver: asyncio.Task[None] | None = None
        self._closer: asyncio.Task[None] | None = None

    @property
    def held_for(self) -> Turn:
        """Whose turn it is; an empty string before the first, and where both share the GPU after all."""
        return "" if self._shared else self._turn

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Wait for a turn of thinking, and hold it.

        Raises:
            ModelError: the server does not wake.
        """
        return self._at_gpu(self._samples)

    def training(self) -> AbstractAsyncContextManager[None]:
        """Wait for a turn of training, and hold it."""
        return self._at_gpu(self._scripts)

    async def aclose(self) -> None:
        """End the turns and wake the server if we put it to sleep; a cancellation does not keep it from that."""
        if self._closer is None:
            self._closer = asyncio.create_task(self._close(), name="gpu gate closes")
        await asyncio.shield(self._closer)

    # --- coming and going ---

    @asynccontextmanager
    async def _at_gpu(self, side: _Side) -> AsyncGenerator[None, None]:
        await self._enter(side)
        try:
            yield
        finally:
            side.inside -= 1
            self._changed.set()

    async def _enter(self, side: _Side) -> None:
        loop = asyncio.get_running_loop()
        if self._shared or (self._open and side is self._mine and not self._why_over(loop.time())[0]):
            side.inside += 1
            self._changed.set()
            return
        self._start_driver()
        waiter = loop.create_future()
        side.waiting[waiter] = loop.time()
        self._changed.set()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                side.inside -= 1  # let in and cancelled at the same moment
            raise
        finally:
            side.waiting.pop(waiter, None)
            self._changed.set()

    @property
    def _mine(self) -> _Side:
        return self._samples if self._turn == "thinking" else self._scripts

    # --- turns: all in one task, so that there are never two hand-overs at once ---

    def _start_driver(self) -> None:
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive(), name="gpu gate")
            self._driver.add_done_callback(self._driver_ended)
        elif self._driver.done() and not self._driver.cancelled() and (error := self._driver.exception()) is not None:
            raise error

    def _driver_ended(self, driver: asyncio.Task[None]) -> None:
        """Have nobody wait for a driver that is dead, say because the journal's disk is full."""
        if not driver.cancelled() and (error := driver.exception()) is not None:
            self._samples.refuse(error)
            self._scripts.refuse(error)

    async def _drive(self) -> None:
        if not await self._switch.look():
            self._share()
            return
        self._turn = "training" if self._switch.asleep else "thinking"
        while not self._shared and (reason := await self._until_over()):
            try:
                await (self._to_training if self._turn == "thinking" else self._to_thinking)(reason)
            except ModelError as error:
                self._wake_failed = True
                self._turn = "training"
                self._samples.refuse(error)

    async def _to_training(self, reason: str) -> None:
        if await self._switch.put_to_sleep(reason):
            self._turn = "training"
        else:
            self._share()

    async def _to_thinking(self, reason: str) -> None:
        await self._switch.wake(reason)
        self._turn, self._wake_failed = "thinking", False

    def _share(self) -> None:
        self._shared = True
        self._samples.admit()
        self._scripts.admit()

    async def _until_over(self) -> str:
        """Hold the turn, and return why it ended once nobody is inside any more; an empty string at the close."""
        self._idle_since = None
        self._mine.admit()
        while self._closer is None:
            self._changed.clear()
            reason, look_again = self._why_over(asyncio.get_running_loop().time())
            self._open = not reason
            if reason and not self._mine.inside:
                return reason
            if self._open and self._mine.waiting:
                self._mine.admit()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(look_again):
                    await self._changed.wait()
        self._open = False
        return ""

    def _why_over(self, now: float) -> tuple[str, float | None]:
        """Return why the turn is over, or an empty string and after how many seconds to look again, at most."""
        thinking = self._turn == "thinking"
        mine, others = (self._samples, self._scripts) if thinking else (self._scripts, self._samples)
        wanted = bool(others.waiting) if thinking or self._wake_failed else True
        waits: list[float] = []
        if not mine.idle or not wanted:
            self._idle_since = None
        else:
            self._idle_since = now if self._idle_since is None else self._idle_since
            waits.append(self._idle_since + self._settle - now)
            if waits[-1] <= 0:
                return ("no sample streams or waits" if thinking else "no script runs or waits"), None
        if thinking and len(others.waiting) >= self._batch:
            return f"{len(others.waiting)} scripts wait" if self._batch > 1 else "a script waits", None
        if others.waiting:
            waits.append(self._patience - others.longest(now))
            if waits[-1] <= 0:
                return f"a {'script' if thinking else 'sample'} has waited {self._patience:g} s", None
        return "", min(waits, default=None)

    async def _close(self) -> None:
        self._switch.end()
        self._changed.set()
        if self._driver is not None:
            await asyncio.wait({self._driver}, timeout=_CLOSE_SECONDS)
            self._driver.cancel()
            await asyncio.wait({self._driver})
        await self._switch.close()
        self._share()


def make_gate(
    mode: Literal["separate", "share", "alternate"],
    sleeper: Sleeper | None,
    emit: Callable[[ev.Event], object],
    *,
    batch: int,
    patience: float = PATIENCE,
    gpu_use: Callable[[], Awaitable[Sequence[GpuUse]]] | None = None,
    holders: Callable[[], Awaitable[str]] | None = None,
) -> GpuGate:
    """Return the gate of a mode.

    Args:
        mode: only `alternate` has turns.
        sleeper: the model server that can sleep, for `alternate`.
        emit: takes the events of the hand-overs.
        batch: as `AlternatingGate` has it, and `patience` (seconds), `gpu_use` and `holders`.
        patience: see there.
        gpu_use: see there.
        holders: see there.

    Raises:
        UsageError: `alternate` without a server that could sleep.
    """
    if mode != "alternate":
        return OpenGate()
    if sleeper is None:
        raise UsageError(
            "--gpu alternate needs a vLLM server to put to sleep: add --base-url URL, or use --gpu separate"
        )
    return AlternatingGate(sleeper, emit, batch=batch, patience=patience, gpu_use=gpu_use, holders=holders)
