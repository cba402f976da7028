from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.serving.served import LOGS, alive, fake_command, until_dead, until_started
from tui_aide.models.serving.causes import Circumstances
from tui_aide.models.serving.failures import first_cause
from tui_aide.models.serving.orphans import Orphan, find_orphans, kill_orphans


async def started(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A server that nobody keeps: its id, and its engine's and worker's."""
    command = fake_command(folder)
    server = subprocess.Popen(
        command.words, env={**os.environ, **command.environment}, stderr=subprocess.DEVNULL, start_new_session=True
    )
    processes = await until_started(folder)
    return server, [pid for pid in processes if pid != server.pid]


@pytest.mark.skipif(sys.platform != "linux", reason="the titles are set in Linux's way")
async def test_engines_of_a_killed_server_are_found_named_and_killed(tmp_path: Path) -> None:
    server, engines = await started(tmp_path)
    try:
        assert not {o.pid for o in find_orphans()} & set(engines)  # their server lives
        server.kill()
        server.wait()
        orphans = tuple(o for o in find_orphans() if o.pid in engines)
        assert {o.pid for o in orphans} == set(engines)
        assert {o.title for o in orphans} == {"VLLM::EngineCor", "VLLM::Worker"}
        log = (LOGS / "free_memory.log").read_text()
        cause = first_cause(log, Circumstances(model="m", port=1, orphans=orphans))
        assert cause is not None
        assert f"(process {engines[0]})" in cause
        assert "--kill-orphans" in cause
        assert set(await asyncio.to_thread(kill_orphans, orphans)) == set(orphans)
        assert until_dead(engines) == []
    finally:
        for pid in alive([server.pid, *engines]):
            os.kill(pid, signal.SIGKILL)
        server.wait()


async def test_a_process_id_that_is_another_process_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        try:
            stale = Orphan(other.pid, "VLLM::EngineCore", started=1.0, memory=0)
            assert kill_orphans([stale]) == (stale,)
            assert other.poll() is None
        finally:
            other.kill()
