"""The real server for tests marked `vllm`; `from tests.tiny_r1.fixtures import real_vllm` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tiny_r1.lane import install
from tests.tiny_r1.real_server import real_server


@pytest.fixture(scope="session")
def real_vllm(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a real vLLM with the tiny model, one for all tests; what it needs is installed if missing."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        with capture.global_and_fixture_disabled():
            install()
    else:
        install()
    with real_server() as url:
        yield url
