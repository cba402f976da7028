"""The servers that the contract is about: the double always, a real vLLM in its lane."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.models.contract.talk import Talk
from tests.tiny_r1.fixtures import real_vllm
from tests.vllm_double import Double

__all__ = ["real_vllm", "talk"]


@pytest.fixture(params=["double", pytest.param("real", marks=pytest.mark.vllm)])
async def talk(request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """A client of one server; the double takes its time as a real one does, so that a stream can be met midway."""
    async with AsyncExitStack() as stack:
        if request.param == "double":
            double = await stack.enter_async_context(Double(tokens_per_second=2000, max_num_seqs=16))
            url = double.url
        else:
            url = request.getfixturevalue("real_vllm")
        yield await stack.enter_async_context(Talk(url))
