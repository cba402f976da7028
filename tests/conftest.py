"""Settings for all tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from tests.sessions.exports.chromium import Chromium, Page, program

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

MOST_WORKERS = 8
"""Processes that share the tests; each starts runners, servers and scripts of its own."""

_LANES = ("vllm", "ray", "docker", "browser", "aideml", "mlebench", "kill", "fuzz", "site")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out lanes that need much, or take long, unless `-m` names them; `-m "not slow"` must not bring them in."""
    asked = config.option.markexpr or ""

    def left_out(item: pytest.Item) -> bool:
        lanes = [lane for lane in _LANES if item.get_closest_marker(lane)]
        if not lanes and item.get_closest_marker("slow"):
            lanes = ["slow"]
        return any(lane not in asked for lane in lanes)

    if out := [item for item in items if left_out(item)]:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not left_out(item)]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share all tests among the cores; lanes, which measure or own a machine's services, and single files run alone."""
    if config.option.markexpr or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min(MOST_WORKERS, os.cpu_count() or 1)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    path = program()
    if path is None:
        pytest.skip("there is no Chromium, and it cannot be installed here")
    with Chromium(path) as browser:
        yield browser


@pytest.fixture
async def page(chromium: Chromium) -> AsyncIterator[Page]:
    async with chromium.page() as page:
        yield page
        assert page.complaints == []
