from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from tui_aide.errors import SessionError
from tui_aide.sessions.client import RunnerClient
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.messages import RunnerAddress
from tui_aide.sessions.socket_server import SocketServer
from tui_aide.tree import commands as cm

PROGRESS = cm.Progress(running=(), paused=False, wall_seconds=1.0, execution_seconds=0.0, tokens_per_second=7.0)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SessionFolder]:
    folder = SessionFolder(tmp_path)
    lock = WriterLock(folder)
    yield folder
    lock.release()


async def accept(command: cm.Command) -> cm.Reply:
    return cm.Reply(True, "")


@pytest.fixture
async def received(folder: SessionFolder) -> AsyncIterator[list[cm.Command]]:
    commands: list[cm.Command] = []

    async def handle(command: cm.Command) -> cm.Reply:
        commands.append(command)
        return cm.Reply(True, f"command {len(commands)}")

    server = SocketServer(folder, handle, lambda: PROGRESS)
    await server.start()
    yield commands
    await server.close()


async def test_commands_arrive_and_replies_come_back_in_order(
    folder: SessionFolder, received: list[cm.Command]
) -> None:
    client = await RunnerClient.connect(folder)
    replies = await asyncio.gather(
        client.send(cm.Pause()), client.send(cm.Branch(node=3, instruction="x = 'é'\n")), client.send(cm.Stop())
    )
    assert [r.message for r in replies] == ["command 1", "command 2", "command 3"]
    assert received == [cm.Pause(), cm.Branch(node=3, instruction="x = 'é'\n"), cm.Stop()]
    await client.aclose()


async def test_progress_reaches_every_viewer(folder: SessionFolder, received: list[cm.Command]) -> None:
    clients = [await RunnerClient.connect(folder) for _ in range(2)]
    async with asyncio.timeout(5):
        while not all(c.progress for c in clients):
            await asyncio.sleep(0.02)
    assert clients[0].progress == clients[1].progress == PROGRESS
    for client in clients:
        await client.aclose()


async def test_nonsense_is_answered_and_harms_nobody(folder: SessionFolder, received: list[cm.Command]) -> None:
    address = msgspec.json.decode(folder.runner_file.read_bytes(), type=RunnerAddress)
    reader, writer = await asyncio.open_unix_connection(address.socket)
    writer.write(b'{"command":"explode"}\nnot json\n')
    assert b"not a command" in await reader.readline()
    writer.close()
    await writer.wait_closed()
    client = await RunnerClient.connect(folder)
    assert (await client.send(cm.Pause())).accepted
    await client.aclose()


async def test_viewer_learns_that_the_runner_is_gone(folder: SessionFolder) -> None:
    server = SocketServer(folder, accept, lambda: PROGRESS)
    await server.start()
    client = await RunnerClient.connect(folder)
    await server.close()
    async with asyncio.timeout(5):
        await client.closed.wait()
    with pytest.raises(SessionError, match="not running"):
        await client.send(cm.Pause())
    await client.aclose()
    with pytest.raises(SessionError, match="tui-aide resume"):
        await RunnerClient.connect(folder)


async def test_nothing_of_the_socket_stays_behind(folder: SessionFolder) -> None:
    server = SocketServer(folder, accept, lambda: PROGRESS)
    await server.start()
    address = msgspec.json.decode(folder.runner_file.read_bytes(), type=RunnerAddress)
    await server.close()
    assert not Path(address.socket).parent.exists()
    assert not folder.runner_file.exists()


async def test_a_copied_folder_leads_to_no_other_sessions_runner(
    folder: SessionFolder, received: list[cm.Command], tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = SessionFolder(tmp_path_factory.mktemp("copy"))
    for name in ("runner.json", "lock"):
        (copy.path / name).write_bytes((folder.path / name).read_bytes())
    with pytest.raises(SessionError, match="is not running"):
        await RunnerClient.connect(copy)
    assert received == []
