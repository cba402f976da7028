"""The same executor against Podman's socket, which speaks Docker's protocol with an accent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.execution.docker.conftest import Make
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, import_skeleton
from tests.execution.docker.test_docker_executor import BEATING, RUNNER, stands_still, until
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.spool import read_marks


@pytest.fixture(scope="module")
def podman() -> Iterator[str]:
    if os.geteuid():
        pytest.skip("only root can install Podman")
    if shutil.which("podman") is None:
        words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "podman", "runc"]
        subprocess.run(words, check=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    place = Path(tempfile.mkdtemp(prefix="podman-"))
    runtime = "" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 'runtime = "runc"\n'
    (place / "containers.conf").write_text(f'[engine]\n{runtime}cgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
    command: list[str | Path] = ["podman", "--root", place / "root", "--runroot", place / "run"]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "system", "service", "--time=0", f"unix://{place}/s"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place,  # its monitors leave a file there when memory ran out
            env=os.environ | {"CONTAINERS_CONF": str(place / "containers.conf")},
        )
    try:
        deadline = time.monotonic() + 30
        while not (place / "s").exists():
            assert process.poll() is None, (place / "log").read_text()
            assert time.monotonic() < deadline, (place / "log").read_text()
            time.sleep(0.05)
        import_skeleton(f"unix://{place}/s")
        yield f"unix://{place}/s"
    finally:
        process.terminate()
        process.wait()
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "-l", place / "root" / "overlay"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
async def executor(podman: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DockerExecutor]:
    monkeypatch.setenv("DOCKER_HOST", podman)
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
    await executor.start()
    yield executor
    await executor.aclose()


async def test_podman_runs_a_script_and_marks_stderr(executor: DockerExecutor, make: Make) -> None:
    script = "import sys\nprint(open('input/train.csv').read())\nopen('made', 'w')\nsys.exit('to stderr')\n"
    execution = make(script)
    outcome = await executor.run(execution)
    assert executor.place.words.startswith("Podman ")
    assert (outcome.reason, outcome.returncode) == ("exited", 1)
    told = execution.output.read_bytes()
    assert sorted(told.splitlines()) == [b"", b"1,2", b"id,y", b"to stderr"]
    [(begin, end)] = read_marks(execution.output)
    assert told[begin:end] == b"to stderr\n"
    assert (execution.folder / "made").stat().st_uid == os.getuid()


async def test_podman_holds_the_limits(executor: DockerExecutor, make: Make) -> None:
    late = await executor.run(make(BEATING, "late", seconds=1.0))
    large = await executor.run(make("held = []\nwhile True: held.append(b'x' * 10_000_000)\n", "large"))
    lonely = make("import socket\nsocket.create_connection(('1.1.1.1', 443), 2)\n", "lonely")
    assert late.reason == "timeout"
    assert (large.reason, large.message) == ("out_of_memory", "killed: 256 MB of 256 MB memory")
    assert (await executor.run(lonely)).returncode == 1
    assert "Network is unreachable" in lonely.output.read_text()


async def test_under_podman_a_script_dies_with_its_runner(
    podman: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", podman)
    execution = make(BEATING)
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path)], cwd=Path(__file__).parents[3])
    try:
        await until(execution.folder / "beat")
    finally:
        runner.kill()
        runner.wait()
    await asyncio.sleep(1)
    assert await stands_still(execution.folder / "beat")
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
    await executor.start()
    await executor.aclose()
