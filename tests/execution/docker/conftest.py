from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.executor import Execution

Make = Callable[..., Execution]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    if os.geteuid():
        pytest.skip("only root can start Docker's engine")
    if importlib.util.find_spec("docker") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "docker>=7"], check=True)
        importlib.invalidate_caches()
    daemon = Daemon()
    yield daemon
    daemon.close()


@pytest.fixture
async def executor(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DockerExecutor]:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES, session="of-the-tests")
    await executor.start()
    yield executor
    await executor.aclose()
    assert daemon.containers() == []


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Lay folders out as the engine does: `input` is a relative link to inputs that all runs share."""
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "train.csv").write_text("id,y\n1,2\n")

    def execution(script: str, name: str = "work", **limits: object) -> Execution:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "solution.py").write_text(textwrap.dedent(script))
        (folder / "input").symlink_to("../inputs")
        settings: dict[str, object] = {"seconds": 30.0, "memory": 2**28, "processes": 64, **limits}
        return Execution(folder=folder, output=tmp_path / f"{name}.log", inputs=(inputs,), **settings)  # type: ignore[arg-type]

    return execution
