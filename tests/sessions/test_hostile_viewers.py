"""What comes through the socket may be anything: it is refused or bounded, and the engine's loop goes on."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import stat
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.loop_lag import measure
from tui_aide.sessions import socket_server
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.messages import RunnerAddress, ToViewer
from tui_aide.sessions.socket_server import LONGEST, MOST_VIEWERS, SocketServer
from tui_aide.tree import commands as cm

BIG = cm.Progress(
    running=tuple(cm.RunningNode(node=i, phase="thinking", seconds=1.0) for i in range(16)),
    paused=False,
    wall_seconds=1.0,
    execution_seconds=0.0,
    tokens_per_second=7.0,
)


class Runner:
    """A server on a folder, and how late the loop was while it served."""

    def __init__(self, path: Path) -> None:
        self.folder = SessionFolder(path)
        self.received: list[cm.Command] = []
        self.worst = 0.0
        self.server = SocketServer(self.folder, self._handle, lambda: BIG)

    async def _handle(self, command: cm.Command) -> cm.Reply:
        self.received.append(command)
        return cm.Reply(True, "done")

    async def start(self) -> None:
        await self.server.start()
        self._pulse = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.perf_counter() - before - 0.002)

    async def close(self) -> None:
        self._pulse.cancel()
        await asyncio.gather(self._pulse, return_exceptions=True)
        await self.server.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = msgspec.json.decode(self.folder.runner_file.read_bytes(), type=RunnerAddress)
        return await asyncio.open_unix_connection(address.socket)

    async def say(self, data: bytes) -> str:
        """Send bytes over a connection of its own and return the first reply's message; empty where it was closed."""
        reader, writer = await self.connect()
        try:
            writer.write(data)
            if writer.can_write_eof():
                writer.write_eof()
            return await next_reply(reader)
        except (BrokenPipeError, ConnectionResetError):
            return await next_reply(reader)
        finally:
            writer.close()


async def next_reply(reader: asyncio.StreamReader) -> str:
    async with asyncio.timeout(10):
        while line := await reader.readline():
            message = msgspec.json.decode(line, type=ToViewer)
            if message.reply is not None:
                return message.reply.message
    return ""


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[Runner]:
    runner = Runner(tmp_path)
    await runner.start()
    yield runner
    await runner.close()


async def test_only_the_owner_may_open_the_socket(runner: Runner) -> None:
    path = Path(msgspec.json.decode(runner.folder.runner_file.read_bytes(), type=RunnerAddress).socket)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_another_user_is_refused_even_where_the_folder_lets_him_in(runner: Runner) -> None:
    path = Path(msgspec.json.decode(runner.folder.runner_file.read_bytes(), type=RunnerAddress).socket)
    path.parent.chmod(0o755)
    path.chmod(0o666)
    script = """
import contextlib, os, socket, sys
os.setuid(65534)
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
with contextlib.suppress(BrokenPipeError):
    end.sendall(b'{"command":"stop"}\\n')
sys.stdout.write(end.recv(4096).decode())
"""
    process = await asyncio.create_subprocess_exec(
        "/usr/bin/env", "python3", "-c", script, str(path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert b"another user's" in out
    assert runner.received == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"command":"pause","by":"' + b"x" * (LONGEST + 10) + b'"}\n', "too long"),
        (b"[" * 200_000 + b"\n", "not a command"),
        (b'{"command":"pause","more":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}\n", "not a command"),
        (b'{"command":"pause","by":"\xff\xfe"}\n', "not a command"),
        (bytes(range(256)).replace(b"\n", b"") + b"\n", "not a command"),
        (b"\n", "not a command"),
        (b'{"command":"branch","node":1e400,"instruction":"x"}\n', "not a command"),
        (b'{"command":"pause"', "not a command"),
        (b'{"command":7}\n', "not a command"),
    ],
)
async def test_nonsense_is_refused_in_words(runner: Runner, data: bytes, words: str) -> None:
    assert words in await runner.say(data)
    assert runner.received == []
    assert await runner.say(b'{"command":"pause"}\n') == "done"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=300), st.sampled_from([b"\n", b'{"command":"', b'"}', b"{}", b"null"]))))
def test_any_bytes_are_survived(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    async def go() -> None:
        runner = Runner(tmp_path_factory.mktemp("any"))
        await runner.start()
        await runner.say(b"".join(parts))
        assert await runner.say(b'{"command":"resume"}\n') == "done"
        await runner.close()

    asyncio.run(go())


async def test_a_bug_behind_a_command_is_told_and_the_connection_lives(tmp_path: Path) -> None:
    async def handle(command: cm.Command) -> cm.Reply:
        raise ZeroDivisionError("a bug")

    runner = Runner(tmp_path)
    runner.server = SocketServer(runner.folder, handle, lambda: BIG)
    await runner.start()
    reader, writer = await runner.connect()
    for _ in range(2):
        writer.write(b'{"command":"pause"}\n')
        assert "unexpected ZeroDivisionError" in await next_reply(reader)
    writer.close()
    await runner.close()


async def test_a_thousand_connections_are_bounded_and_the_owner_still_gets_in(runner: Runner) -> None:
    ends = [await runner.connect() for _ in range(1000)]
    refused = 0
    for reader, _ in ends[MOST_VIEWERS:]:
        refused += "viewers already" in await next_reply(reader)
    assert refused == 1000 - MOST_VIEWERS
    for _, writer in ends:
        writer.close()
    async with asyncio.timeout(5):
        while await runner.say(b'{"command":"pause"}\n') != "done":
            await asyncio.sleep(0.05)
    assert runner.worst < 0.5


async def test_a_line_that_never_ends_is_closed_and_silence_is_not(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_server, "_LINE_SECONDS", 0.3)
    silent, slow = await runner.connect(), await runner.connect()
    for letter in b'{"co':
        slow[1].write(bytes([letter]))
        await asyncio.sleep(0.04)
    assert "too slow" in await next_reply(slow[0])
    silent[1].write(b'{"command":"pause"}\n')
    assert await next_reply(silent[0]) == "done"
    for _, writer in (silent, slow):
        writer.close()


async def test_a_flood_of_commands_is_slowed_down_and_never_blocks_the_loop(runner: Runner) -> None:
    _, writer = await runner.connect()
    before = memory()
    writer.write(b'{"command":"pause"}\n' * 400_000)
    began = time.perf_counter()
    await asyncio.sleep(1.0)
    seconds = time.perf_counter() - began
    assert 0 < len(runner.received) <= 25 + 60 * seconds
    assert await runner.say(b'{"command":"resume"}\n') == "done"
    assert memory() - before < 60_000_000  # the 8 MB are this end's own
    assert runner.worst < 0.3
    writer.close()


async def test_a_viewer_that_never_reads_costs_a_bounded_backlog(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_server, "_PROGRESS_SECONDS", 0.0005)
    address = msgspec.json.decode(runner.folder.runner_file.read_bytes(), type=RunnerAddress)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(address.socket)
        await asyncio.sleep(0.5)  # the first snapshots, at the usual pace
        before = memory()
        await asyncio.sleep(1.5)
        (viewer,) = runner.server._viewers
        assert viewer._writer.transport.get_write_buffer_size() < 300_000
        assert memory() - before < 10_000_000
    assert runner.worst < 0.3


async def test_sixteen_streams_go_on_beside_viewers_that_never_read(tmp_path: Path) -> None:
    lags, nodes = await measure(tmp_path / "session", 1.8, deaf=4)
    assert nodes >= 1
    assert statistics.median(lags) < 50  # ms
