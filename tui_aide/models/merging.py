"""Several streams read as one, side by side, without losing what one of them raises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")
_DEPTH = 64


class _End:
    """Stands in the queue behind the last item of a source."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def merged(sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Yield the items of all sources as they come; the first error of a source ends the others and is raised.

    Closing the iterator closes every source.
    """
    queue: asyncio.Queue[T | _End] = asyncio.Queue(_DEPTH)

    async def pump(source: AsyncGenerator[T, None]) -> None:
        error: Exception | None = None
        try:
            async with aclosing(source):
                async for item in source:
                    await queue.put(item)
        except Exception as caught:  # noqa: BLE001 - it is raised where the items are read
            error = caught
        await queue.put(_End(error))

    tasks = [asyncio.create_task(pump(source)) for source in sources]
    left = len(tasks)
    try:
        while left:
            item = await queue.get()
            if not isinstance(item, _End):
                yield item
            elif item.error is not None:
                raise item.error
            else:
                left -= 1
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
