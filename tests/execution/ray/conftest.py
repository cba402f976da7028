from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.execution.ray.nodes import RayNodes
from tui_aide.execution.executor import Execution
from tui_aide.execution.ray_executor import RayExecutor

Make = Callable[..., Execution]


@pytest.fixture(scope="session")
def ray_installed() -> None:
    if importlib.util.find_spec("ray") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "ray>=2.40"], check=True)
        importlib.invalidate_caches()


@pytest.fixture(scope="session")
def nodes(ray_installed: None) -> Iterator[RayNodes]:
    """Two nodes; the second has GPUs, of which Ray is only told."""
    nodes = RayNodes()
    try:
        nodes.add("head", num_cpus=2)
        nodes.add("second", num_cpus=2, num_gpus=2)
        yield nodes
    finally:
        nodes.close()


@pytest.fixture
async def executor(nodes: RayNodes) -> AsyncIterator[RayExecutor]:
    executor = RayExecutor(nodes.address)
    await executor.start()
    yield executor
    await executor.aclose()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Lay folders out as the engine does: `input` is a relative link to inputs that all runs share."""
    inputs = tmp_path / "inputs"
    (inputs / "images").mkdir(parents=True)
    (inputs / "train.csv").write_text("id,y\n1,2\n")
    (inputs / "images" / "1.bin").write_bytes(bytes(range(256)) * 5000)

    def execution(script: str, name: str = "work", **limits: object) -> Execution:
        folder = tmp_path / name
        (folder / "working").mkdir(parents=True)
        (folder / "solution.py").write_text(textwrap.dedent(script))
        (folder / "input").symlink_to("../inputs")
        settings: dict[str, object] = {"seconds": 30.0, **limits}
        return Execution(folder=folder, output=tmp_path / f"{name}.log", inputs=(inputs,), **settings)  # type: ignore[arg-type]

    return execution
