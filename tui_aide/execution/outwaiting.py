"""Waiting for an end that must not be left half-way: a cancellation meanwhile is kept for afterwards."""

from __future__ import annotations

import asyncio
from typing import Any


async def outwait(*futures: asyncio.Future[Any], seconds: float | None = None) -> bool:
    """Wait until futures are done, at most so many seconds.

    Returns:
        Whether the waiting task was cancelled meanwhile; the caller then raises `CancelledError` when it has tidied up.
    """
    cancelled = False
    loop = asyncio.get_running_loop()
    deadline = None if seconds is None else loop.time() + seconds
    while waiting := [future for future in futures if not future.done()]:
        left = None if deadline is None else deadline - loop.time()
        if left is not None and left <= 0:
            break
        try:
            await asyncio.wait(waiting, timeout=left)
        except asyncio.CancelledError:
            cancelled = True
    return cancelled
