"""Handing one GPU over between the model server and the scripts: the server sleeps, or it is awake."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from tui_aide.errors import ModelError, ModelUnavailableError
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse

SLEEP_PAUSES = (1.0, 4.0)
"""Seconds before each further try of putting the server to sleep."""

WAKE_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further try of waking it: memory that a killed script held comes free only after a while."""

_CLOSING_PAUSES = (1.0, 3.0)
_LEAST_FREED = 2**29
_LONG_SLEEP = 20.0


class Sleeper(Protocol):
    """A model server, or several, that can give the GPU's memory back for a while.

    Each call raises `ModelUnavailableError` where no server answers, and `ServerFailedError` where one refuses.
    """

    async def sleep(self) -> int | None:
        """Put it to sleep once its streams have ended; return the bytes freed where it tells them."""
        ...

    async def wake(self) -> None:
        """Wake it; nothing happens to one that is awake."""
        ...

    async def is_asleep(self) -> bool:
        """Return whether it sleeps, or is about to."""
        ...


class GpuSwitch:
    """Puts the server to sleep and wakes it, with bounded retries, and tells of both as events.

    Args:
        sleeper: the server.
        emit: takes the events.
        gpu_use: what the GPUs hold now; None where nothing tells it.
        holders: who holds memory of the GPUs, in words; an empty string for nobody.
        sleep_pauses: seconds before each further try of `put_to_sleep`.
        wake_pauses: seconds before each further try of `wake`.

    Attributes:
        asleep: whether the server sleeps, or may sleep, because of us.
    """

    def __init__(
        self,
        sleeper: Sleeper,
        emit: Callable[[ev.Event], object],
        *,
        gpu_use: Callable[[], Awaitable[Sequence[GpuUse]]] | None = None,
        holders: Callable[[], Awaitable[str]] | None = None,
        sleep_pauses: Sequence[float] = SLEEP_PAUSES,
        wake_pauses: Sequence[float] = WAKE_PAUSES,
    ) -> None:
        self.asleep = False
        self._sleeper = sleeper
        self._emit = emit
        self._gpu_use = gpu_use
        self._holders = holders
        self._sleep_pauses = sleep_pauses
        self._wake_pauses = wake_pauses
        self._ending = asyncio.Event()
        self._falling_asleep = False
        self._told_of_little = False

    async def look(self) -> bool:
        """Ask whether the server sleeps already, as after a death of ours; return False where it cannot sleep at all.

        One that does not answer may be starting, and a server that starts is awake.
        """
        try:
            self.asleep = await self._sleeper.is_asleep()
        except ModelUnavailableError:
            return True
        except ModelError as error:
            self._share(error)
            return False
        if self.asleep:
            self._notice("info", "the model server was found asleep; it is woken before the next sample")
        return True

    async def put_to_sleep(self, reason: str) -> bool:
        """Give the GPU to training; return False where the server cannot sleep, so that both must share the GPU.

        A server that does not answer uses no GPU that could be had back: training goes on without its consent.

        Raises:
            ModelError: it neither sleeps nor wakes.
        """
        began = time.monotonic()
        before = await self._used()
        for pause in (*self._sleep_pauses, None):
            self.asleep = self._falling_asleep = True
            told = asyncio.get_running_loop().call_later(_LONG_SLEEP, self._tell_of_others)
            try:
                freed = await self._sleeper.sleep()
            except ModelError as error:
                self._falling_asleep = False
                if pause is not None and not self._ending.is_set():
                    self._notice("warning", f"{error}; tried again in {pause:g} s")
                    await self._pause(pause)
                    continue
                if isinstance(error, ModelUnavailableError):
                    self._handed_over("training", f"{reason}, though {error}", began)
                    return True
                await self._rouse()
                self._share(error)
                return False
            finally:
                told.cancel()
            break
        self._falling_asleep = False
        if freed is None and before is not None and (after := await self._used()) is not None:
            freed = max(0, before - after)
        self._handed_over("training", reason, began, freed)
        self._doubt(freed)
        return True

    async def wake(self, reason: str, pauses: Sequence[float] | None = None) -> None:
        """Give the GPU to thinking.

        Raises:
            ModelError: the server does not wake, after bounded tries; of the kind that the last try met.
        """
        began = time.monotonic()
        for pause in (*(self._wake_pauses if pauses is None else pauses), None):
            try:
                await self._sleeper.wake()
            except ModelError as error:
                if pause is None or self._ending.is_set():
                    raise type(error)(f"{error}{await self._whose()}") from error
                self._notice("warning", f"{error}; tried again in {pause:g} s")
                await self._pause(pause)
            else:
                break
        self.asleep = False
        self._handed_over("thinking", reason, began)

    def end(self) -> None:
        """Cut short whatever is being tried again: the search ends."""
        self._ending.set()

    async def close(self) -> None:
        """Leave no server asleep; where that fails, say how to wake it."""
        self._ending.clear()
        if not self.asleep:
            return
        if self._falling_asleep:  # waking it now would put it to sleep in the midst of its next request
            why = "it still waits for streams of others before it sleeps"
        else:
            try:
                await self.wake("the search ends", _CLOSING_PAUSES)
            except ModelError as error:
                why = str(error)
            else:
                return
        self._notice("error", f"the model server is left asleep ({why}): wake it with POST /wake_up, or restart it")

    def _tell_of_others(self) -> None:
        self._notice(
            "info", "the model server does not sleep yet: it ends requests of others, or still moves its memory"
        )

    async def _rouse(self) -> None:
        """Wake a server whose falling asleep has failed half-way."""
        with contextlib.suppress(ModelError):
            self.asleep = await self._sleeper.is_asleep()
        if self.asleep:
            await self.wake("the server did not fall asleep")

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _used(self) -> int | None:
        """Return the bytes in use on all GPUs together, None where nothing tells them."""
        gpus = await self._gpu_use() if self._gpu_use is not None else ()
        return sum(gpu.memory_used for gpu in gpus) if gpus else None

    async def _whose(self) -> str:
        words = await self._holders() if self._holders is not None else ""
        return f"; {words}: end that, then resume" if words else ""

    def _doubt(self, freed: int | None) -> None:
        """Say once that the server sleeps but holds its memory, as one does that has no sleep mode."""
        if freed is not None and freed < _LEAST_FREED and not self._told_of_little:
            self._told_of_little = True
            self._notice(
                "warning",
                f"the model server sleeps but freed only {freed / 1e9:.1f} GB of GPU memory: "
                "was it started with --enable-sleep-mode?",
            )

    def _share(self, error: ModelError) -> None:
        self._notice("warning", f"{error}; from here on thinking and training share the GPU")

    def _handed_over(
        self, to: Literal["thinking", "training"], reason: str, began: float, freed: int | None = None
    ) -> None:
        self._emit(ev.GpuHandedOver(to=to, reason=reason, seconds=time.monotonic() - began, freed=freed))

    def _notice(self, level: Literal["info", "warning", "error"], message: str) -> None:
        self._emit(ev.Notice(level=level, message=message))
