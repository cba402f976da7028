from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.execution.warm.running import warm_executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.warm import modules


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        for item in items:
            item.add_marker(pytest.mark.skip(reason="warm starts need Linux"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[LocalExecutor]:
    """A warm executor without a sandbox, for all tests of a module."""
    executor = await warm_executor()
    yield executor
    await executor.aclose()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have zygotes load little, which is quick."""
    monkeypatch.setattr(modules, "USUAL", ("json", "numpy"))
    monkeypatch.setattr(modules, "_PACKAGES", {"json", "numpy"})
