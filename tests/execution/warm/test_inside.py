"""Scripts forked right into namespaces that others have made: what they use is counted, and nothing outlives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.execution.daemons import DAEMON, dead, until_written
from tests.execution.warm.running import laid_out, process, run_warm, starter, warm_executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import try_out
from tui_aide.execution.warm import warm_script


@pytest.fixture
async def executor(few: None) -> AsyncIterator[LocalExecutor]:
    trial = try_out("namespaces")
    if trial.sandbox is None:
        pytest.skip(f"no namespaces here: {trial.why}")
    executor = await warm_executor(trial.sandbox)
    yield executor
    await executor.aclose()


def below(executor: LocalExecutor) -> list[int]:
    """Return all processes of the zygote and of what it runs."""
    zygote = starter(executor).zygote
    assert zygote is not None
    return [process.pid for process in psutil.Process(zygote.process.pid).children(recursive=True)]


@pytest.mark.parametrize("victim", ["zygote", "keeper"])
async def test_a_killed_zygote_or_keeper_loses_the_run_and_all_in_its_namespaces(
    executor: LocalExecutor, victim: str, tmp_path: Path
) -> None:
    execution = laid_out(tmp_path, DAEMON + "    time.sleep(60)")
    task = asyncio.create_task(executor.run(execution))
    await until_written(execution.folder / "daemon.pid")
    everything = below(executor)
    zygote = process(starter(executor).zygote)
    # The zygote, its keeper, the supervisor, the first process, the script, its daemon, whose parent may not be dead.
    assert len(everything) in (6, 7)
    keeper = next(child for child in zygote.children() if child.children())
    (zygote if victim == "zygote" else keeper).kill()
    outcome = await task
    assert (outcome.reason, outcome.returncode) == ("lost", None)
    assert all(map(dead, everything))
    outcome = await executor.run(laid_out(tmp_path, "print('goes on')"))
    assert (outcome.reason, outcome.returncode) == ("exited", 0)


async def test_what_a_script_and_its_orphans_use_is_counted(executor: LocalExecutor, tmp_path: Path) -> None:
    script = """
        import os, time
        if os.fork() == 0:
            if os.fork() == 0:
                while time.process_time() < 0.3:
                    pass
                held = b"x" * 60_000_000
                open("holding", "w").close()
                time.sleep(60)
            os._exit(0)
        os.wait()
        held = b"x" * 40_000_000
        while not os.path.exists("holding"):
            time.sleep(0.02)
        time.sleep(0.8)
    """
    outcome, _ = await run_warm(executor, laid_out(tmp_path, script))
    assert 100_000_000 < outcome.peak_memory < 160_000_000
    assert 0.3 < outcome.cpu_seconds < 3


async def test_the_largest_process_of_a_short_script_is_told(executor: LocalExecutor, tmp_path: Path) -> None:
    outcome, _ = await run_warm(executor, laid_out(tmp_path, "held = b'x' * 50_000_000"))
    assert 45_000_000 < outcome.peak_memory < 80_000_000


async def test_a_stuck_zygote_never_runs_a_script_twice(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_warm(executor, laid_out(tmp_path, "pass"))
    monkeypatch.setattr(warm_script, "_START_SECONDS", 0.3)
    zygote = process(starter(executor).zygote)
    zygote.suspend()
    execution = laid_out(tmp_path, "open('runs', 'a').write('x')")
    outcome = await executor.run(execution)
    assert (outcome.returncode, starter(executor).begun) == (0, 1)
    zygote.resume()
    await asyncio.sleep(0.5)
    assert (execution.folder / "runs").read_text() == "x"
    assert {pid for pid in below(executor) if not dead(pid)} == {zygote.pid, zygote.children()[0].pid}
