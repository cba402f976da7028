from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.models.serving.served import PROCESSES, alive, fake_command, pids, until_dead, until_started
from tui_aide.errors import ServerFailedError
from tui_aide.models.serving.command import ServeCommand
from tui_aide.models.serving.server import ManagedServer
from tui_aide.tree.node import ServerState

Change = tuple[ServerState, str, float | None]
Make = Callable[..., ManagedServer]


@pytest.fixture
def changes() -> list[Change]:
    return []


@pytest.fixture
async def make(tmp_path: Path, changes: list[Change]) -> AsyncIterator[Make]:
    servers = []

    def make(
        log: str = "start", patience: float = 60.0, command: ServeCommand | None = None, **variables: str
    ) -> ManagedServer:
        command = command or fake_command(tmp_path, log, **variables)
        server = ManagedServer(
            command,
            base_url=command.base_url,
            model="deepseek-r1-7b",
            log=tmp_path / "logs" / "server.log",
            on_change=lambda *change: changes.append(change),
            patience=patience,
        )
        servers.append(server)
        return server

    yield make
    for server in servers:
        await server.aclose()


async def test_start_is_followed_to_ready_and_the_end_leaves_no_process(
    make: Make, changes: list[Change], tmp_path: Path
) -> None:
    server = make()
    await server.start()
    assert changes[-1] == ("up", "ready, KV cache of 975,712 tokens", None)
    assert server.kv_tokens == 975_712
    started = await until_started(tmp_path)
    assert len(alive(started)) == PROCESSES
    words = [detail for state, detail, _ in changes if state == "starting"]
    shares = [load for state, _, load in changes if state == "starting" and load is not None]
    assert words[0] == "starting"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    await server.aclose()
    assert alive([*started, server.pid or 0]) == []
    assert changes[-1] == ("stopped", "stopped", None)
    assert "Shutting down" in server.log.read_text()  # it was asked first
    assert await server.wait() == "it was stopped"


async def test_a_server_that_ignores_the_request_to_end_is_killed_with_its_engine(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_aide.models.serving.supervision.GRACE_SECONDS", 1)
    server = make(FAKE_VLLM_STUBBORN="1")
    await server.start()
    started = await until_started(tmp_path)
    began = time.monotonic()
    await server.aclose()
    assert 0.9 < time.monotonic() - began < 10
    assert alive(started) == []


async def test_kill_9_of_the_server_takes_engine_and_worker_along_and_is_told(
    make: Make, changes: list[Change], tmp_path: Path
) -> None:
    server = make()
    await server.start()
    started = await until_started(tmp_path)
    waiting = asyncio.create_task(server.wait())
    os.kill(started[0], signal.SIGKILL)
    cause = await asyncio.wait_for(waiting, 20)
    assert "killed by signal 9" in cause
    assert str(server.log) in cause
    assert alive(started) == []
    assert changes[-1][:2] == ("failed", cause)


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_the_engine_gets_the_time_to_tidy_up(make: Make, tmp_path: Path, how: str) -> None:
    (tmp_path / "shared-memory").touch()
    server = make(FAKE_VLLM_TIDY=str(tmp_path / "shared-memory"))
    await server.start()
    started = await until_started(tmp_path)
    if how == "stopped":
        await server.aclose()
    else:
        os.kill(started[0], signal.SIGKILL)
        await asyncio.wait_for(server.wait(), 20)
    assert not (tmp_path / "shared-memory").exists()
    assert alive(started) == []


async def test_a_server_that_died_can_be_started_anew(make: Make, tmp_path: Path) -> None:
    server = make()
    await server.start()
    first = await until_started(tmp_path)
    os.kill(first[0], signal.SIGKILL)
    await asyncio.wait_for(server.wait(), 20)
    (tmp_path / "pids").unlink()
    await server.start()
    second = await until_started(tmp_path)
    assert (server.state, len(alive(second)), alive(first)) == ("up", PROCESSES, [])
    os.kill(second[0], signal.SIGKILL)
    assert "killed by signal 9" in await asyncio.wait_for(server.wait(), 20)


async def test_the_log_is_for_the_user_alone(make: Make) -> None:
    server = make()
    await server.start()
    assert server.log.stat().st_mode & 0o077 == 0


async def test_kill_9_of_the_keeper_leaves_no_process(make: Make, tmp_path: Path) -> None:
    server = make()
    await server.start()
    started = await until_started(tmp_path)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.wait_for(server.wait(), 20)
    assert until_dead(started) == []


HOLDER = """
import asyncio, pathlib, sys
from tests.models.serving.served import fake_command
from tui_aide.models.serving.server import ManagedServer

async def main(folder):
    command = fake_command(folder)
    server = ManagedServer(
        command, base_url=command.base_url, model="m", log=folder / "server.log", on_change=lambda *_: None
    )
    await server.start()
    print("ready", flush=True)
    await server.wait()

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


def test_kill_9_of_the_process_that_holds_the_server_leaves_no_process(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    keepers = psutil.Process(holder.pid).children()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert until_dead([*pids(tmp_path), *(k.pid for k in keepers)]) == []


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("free_memory", ["only 19.8 of the GPU's 22.1 GiB are free", "--memory-fraction 0.88"]),
        ("no_cache", ["leave no memory for the KV cache", "--quantisation fp8"]),
        ("short_cache", ["--context 34736"]),
        ("out_of_memory", ["too little memory", "--quantisation fp8"]),
        ("old_driver", ["driver is too old"]),
        ("no_gpu", ["finds no GPU"]),
        ("port_in_use", ["port", "is in use", "--port"]),
        ("offline", ["is not on this machine", "HF_HUB_OFFLINE"]),
        ("not_found", ["there is no deepseek-ai/DeepSeek-R1-Distill-Qwen-7B on the Hugging Face hub"]),
        ("gated", ["is gated", "HF_TOKEN"]),
        ("disk_full", ["the disk is full", "HF_HOME"]),
        ("bad_flag", ["does not take '--nope'"]),
        ("too_long", ["--context 4096"]),
        ("no_parser", ["no reasoning parser 'nope'", "deepseek_r1"]),
        ("cannot_sleep", ["cannot sleep", "--gpu separate"]),
        ("no_vllm", ["vLLM is not installed", "-m pip install ", "[vllm]'"]),
        ("no_package", ["'flashinfer' is missing"]),
        ("torchvision", ["pip uninstall torchvision"]),
        ("heads", ["divide the model's 28 attention heads"]),
        ("dead_engine", ["engine process died", "memory of the machine"]),
        ("unheard_of", ["ZeroDivisionError: the moon is in the wrong phase"]),
    ],
)
async def test_a_failed_start_is_told_by_its_first_cause_in_one_line(
    make: Make, changes: list[Change], log: str, words: list[str]
) -> None:
    server = make(log, FAKE_VLLM_END="1")
    with pytest.raises(ServerFailedError) as caught:
        await server.start()
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert str(server.log) in message
    assert changes[-1][0] == server.state == "failed"


async def test_a_start_without_progress_is_given_up(make: Make, tmp_path: Path) -> None:
    known = make().command
    words = (sys.executable, "-c", "import time; time.sleep(60)")
    server = make(command=ServeCommand(words=words, environment={}, port=known.port, plan=known.plan), patience=0.4)
    with pytest.raises(ServerFailedError, match="no progress"):
        await server.start()
    assert alive([server.pid or 0]) == []


async def test_a_cancelled_start_leaves_no_process(make: Make, tmp_path: Path) -> None:
    server = make()
    task = asyncio.create_task(server.start())
    started = await until_started(tmp_path, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(started) == []


async def test_a_port_in_use_is_told_before_the_start_with_its_process(make: Make) -> None:
    server = make()
    with (
        ThreadingHTTPServer(("127.0.0.1", server.command.port), BaseHTTPRequestHandler),
        pytest.raises(ServerFailedError, match=rf"port {server.command.port} is in use by .*process {os.getpid()}"),
    ):
        await server.start()
    assert not server.log.exists()


async def test_a_program_that_is_not_there_is_an_error_in_words(make: Make) -> None:
    known = make().command
    server = make(command=ServeCommand(words=("no-such-program",), environment={}, port=known.port, plan=known.plan))
    with pytest.raises(ServerFailedError, match="no-such-program is no program"):
        await server.start()
