from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.execution.docker.conftest import Make
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.errors import ExecutionError
from tui_aide.execution.containers import container
from tui_aide.execution.containers.finding import connect, describe_docker, sockets
from tui_aide.execution.docker_executor import DockerExecutor


@pytest.fixture
def nowhere(daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any word on where the engine is."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_socket_of_the_users_is_found(daemon: Daemon, nowhere: Path) -> None:
    (nowhere / "podman").mkdir()
    (nowhere / "podman/podman.sock").symlink_to(daemon.host.removeprefix("unix://"))
    assert nowhere / "podman/podman.sock" in sockets()
    if sockets() == [nowhere / "podman/podman.sock"]:
        assert describe_docker() == f"Docker {connected(daemon)} at unix://{nowhere}/podman/podman.sock"


def connected(daemon: Daemon) -> str:
    client = daemon.client()
    try:
        return str(client.version()["Version"]).partition("+")[0]
    finally:
        client.close()


def test_the_current_context_comes_first(daemon: Daemon, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    meta = nowhere / ".docker/contexts/meta" / hashlib.sha256(b"mine").hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(
        json.dumps({"Name": "mine", "Metadata": {}, "Endpoints": {"docker": {"Host": daemon.host}}})
    )
    (nowhere / ".docker/config.json").write_text(json.dumps({"currentContext": "mine"}))
    engine = connect()
    engine.close()
    assert engine.address == daemon.host
    assert engine.facts.name == "Docker"
    assert engine.facts.cores >= 1
    assert not engine.facts.rootless


def test_an_engine_elsewhere_is_refused_with_the_remedy(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://server")
    with pytest.raises(ExecutionError, match=r"DOCKER_HOST names ssh://server, which may be another machine.*ray"):
        connect()
    with pytest.raises(ExecutionError, match="another machine"):
        describe_docker()


def test_a_dead_socket_is_told(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = nowhere / "dead"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
    with pytest.raises(ExecutionError, match=r"nothing answers there: start one .*--executor local"):
        connect()


async def test_without_control_groups_the_engine_is_asked_what_a_script_uses(
    daemon: Daemon, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the engine is in a machine of its own, such as Docker Desktop's."""
    monkeypatch.setattr(container, "control_group", lambda pid, identity: None)
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
    script = "import time\nheld = bytearray(100_000_000)\nend = time.time() + 5\nwhile time.time() < end: pass\n"
    outcome = await executor.run(make(script))
    await executor.aclose()
    assert outcome.reason == "exited"
    assert outcome.peak_memory > 100_000_000
    assert 0.5 < outcome.cpu_seconds < 10
