"""Several streams as one: what ends one of them is never lost, and nothing goes on behind a closed iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from tui_aide.models.merging import merged


async def numbers(*values: int, error: Exception | None = None) -> AsyncGenerator[int, None]:
    for value in values:
        yield value
    if error is not None:
        raise error


async def endless(closed: list[str]) -> AsyncGenerator[int, None]:
    try:
        yield 0
        await asyncio.Event().wait()
    finally:
        closed.append("closed")


async def read(got: list[int], *sources: AsyncGenerator[int, None]) -> None:
    async with aclosing(merged(sources)) as items:
        async for item in items:
            got.append(item)


async def test_items_of_each_source_come_in_their_order() -> None:
    got = [n async for n in merged([numbers(1, 2, 3), numbers(), numbers(*range(10, 200))])]
    assert [n for n in got if n < 10] == [1, 2, 3]
    assert [n for n in got if n >= 10] == list(range(10, 200))


@pytest.mark.parametrize("values", [(), (1,), tuple(range(64)), tuple(range(200))], ids=len)
async def test_an_error_right_behind_an_item_is_raised_after_it(values: tuple[int, ...]) -> None:
    got: list[int] = []
    async with asyncio.timeout(5):
        with pytest.raises(ValueError, match="torn"):
            await read(got, numbers(*values, error=ValueError("torn")))
    assert got == list(values)


async def test_an_error_does_not_wait_for_a_source_that_is_silent_and_closes_it() -> None:
    closed: list[str] = []
    async with asyncio.timeout(5):
        with pytest.raises(ValueError, match="torn"):
            await read([], endless(closed), numbers(1, error=ValueError("torn")))
    assert closed == ["closed"]


async def test_leaving_early_closes_every_source_also_one_that_is_ahead() -> None:
    closed: list[str] = []
    async with asyncio.timeout(5), aclosing(merged([endless(closed), numbers(*range(500))])) as items:
        async for _ in items:
            break
    assert closed == ["closed"]
