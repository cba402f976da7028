"""Several streams read as one, side by side, without losing what one of them raises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")
_DEPTH = 64


async def merged(sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Yield the items of all sources as they come; the first error of a source ends the others and is raised.

    Closing the iterator closes every source.
    """
    queue: asyncio.Queue[T | None] = asyncio.Queue(_DEPTH)

    async def pump(source: AsyncGenerator[T, None]) -> None:
        async with aclosing(source):
            async for item in source:
                await queue.put(item)
        await queue.put(None)

    tasks = [asyncio.create_task(pump(source)) for source in sources]
    try:
        left = len(tasks)
        while left:
            getting = asyncio.ensure_future(queue.get())
            try:
                await asyncio.wait({getting, *(t for t in tasks if not t.done())}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done() and (failed := _error(tasks)) is not None:
                    raise failed
                if not getting.done():
                    continue
                item = getting.result()
            finally:
                if not getting.done():
                    getting.cancel()
            if item is None:
                left -= 1
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _error(tasks: Sequence[asyncio.Task[None]]) -> BaseException | None:
    return next((e for t in tasks if t.done() and not t.cancelled() and (e := t.exception()) is not None), None)
