"""Settings for all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


_LANES = ("vllm", "ray", "docker", "browser", "aideml", "kill")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a real vLLM, Ray, Docker, browser or AIDE, unless `-m` names it.

    `-m "not slow"` must not bring it in.
    """
    for lane in _LANES:
        if lane in (config.option.markexpr or ""):
            continue
        left_out = [item for item in items if item.get_closest_marker(lane)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker(lane)]
