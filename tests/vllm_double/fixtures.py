"""Fixtures with doubles, for `from tests.vllm_double.fixtures import double, doubles` in a conftest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.vllm_double.server import Double

Doubles = Callable[..., Awaitable[Double]]


@pytest.fixture
async def double() -> AsyncIterator[Double]:
    """A double of today's vLLM, as fast as it can be."""
    async with Double() as server:
        yield server


@pytest.fixture
async def doubles() -> AsyncIterator[Doubles]:
    """A function that starts doubles: `await doubles(kind="ollama", tokens_per_second=50)`."""
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> Double:
            return await stack.enter_async_context(Double(**changes))

        yield start
