"""Things done side by side for one candidate, none of which outlives the others' failure."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(made: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all come to, in their order.

    Where one raises, or the wait is cancelled, the others are cancelled and waited for, and nobody waits for a slow one
    to be told of an error.
    """
    tasks = [asyncio.create_task(one) for one in made]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
