"""However a run ends, and whoever dies, no process is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.execution.daemons import DAEMON, dead, until_written
from tests.execution.local_runs import Make
from tui_aide.execution.executor import EndReason
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.watch import Watch


async def test_timeout_kills_a_script_that_ignores_signals(executor: LocalExecutor, make: Make) -> None:
    execution = make(
        """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(60)
        """,
        seconds=0.5,
    )
    began = time.monotonic()
    outcome = await executor.run(execution)
    assert time.monotonic() - began < 5
    assert (outcome.reason, outcome.message) == ("timeout", "killed after 0.5 s")
    assert execution.output.read_text() == "ready\n"


async def test_timeout_kills_a_daemon_with_a_session_of_its_own(executor: LocalExecutor, make: Make) -> None:
    execution = make(DAEMON + "    time.sleep(60)", seconds=1.0)
    outcome = await executor.run(execution)
    assert outcome.reason == "timeout"
    assert dead(int((execution.folder / "daemon.pid").read_text()))


async def test_a_daemon_left_after_a_normal_exit_is_killed(executor: LocalExecutor, make: Make) -> None:
    execution = make(DAEMON)
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    assert dead(int((execution.folder / "daemon.pid").read_text()))


async def test_a_daemon_is_killed_even_if_the_script_killed_its_supervisor(executor: LocalExecutor, make: Make) -> None:
    execution = make(DAEMON + "    os.kill(os.getppid(), 9)\n    time.sleep(60)")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", None)
    assert "supervisor" in outcome.message
    assert dead(int((execution.folder / "daemon.pid").read_text()))


async def test_cancelling_kills_all_before_it_raises(executor: LocalExecutor, make: Make) -> None:
    execution = make(DAEMON + "    time.sleep(60)")
    task = asyncio.create_task(executor.run(execution))
    daemon = await until_written(execution.folder / "daemon.pid")
    assert not dead(daemon)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert dead(daemon)


async def test_closing_the_executor_ends_runs_as_cancelled(make: Make) -> None:
    executor = LocalExecutor()
    execution = make(DAEMON + "    time.sleep(60)")
    task = asyncio.create_task(executor.run(execution))
    daemon = await until_written(execution.folder / "daemon.pid")
    await executor.aclose()
    assert dead(daemon)
    assert (await task).reason == "cancelled"


async def test_kill_9_of_the_engine_leaves_no_script_behind(make: Make, tmp_path: Path) -> None:
    execution = make(DAEMON + "    time.sleep(60)")
    engine = tmp_path / "engine.py"
    engine.write_text(
        textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from tui_aide.execution.executor import Execution
        from tui_aide.execution.local import LocalExecutor
        folder, output = Path({str(execution.folder)!r}), Path({str(execution.output)!r})
        asyncio.run(LocalExecutor().run(Execution(folder=folder, output=output, seconds=60)))
        """)
    )
    process = subprocess.Popen([sys.executable, str(engine)])
    try:
        daemon = await until_written(execution.folder / "daemon.pid")
        async with asyncio.timeout(10):  # until the fork in between has ended: the launcher, the script and its daemon
            while len(below := psutil.Process(process.pid).children(recursive=True)) != 3:
                await asyncio.sleep(0.01)
        assert {p.pid for p in below} >= {daemon}
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    async with asyncio.timeout(10):
        while not all(dead(p.pid) for p in below):
            await asyncio.sleep(0.02)


async def test_run_that_is_killed_before_its_script_has_started_ends_as_killed(
    executor: LocalExecutor, make: Make
) -> None:
    execution = make("import time; time.sleep(20)")
    run = asyncio.create_task(executor.run(execution))
    await asyncio.sleep(0)
    executor.kill(execution)
    outcome = await run
    assert (outcome.reason, outcome.message) == ("killed", "killed by you")
    assert outcome.seconds < 5


async def test_closing_ends_runs_whose_scripts_have_not_started_yet(make: Make) -> None:
    executor = LocalExecutor(warm_threads=1)
    execution = make("import time; time.sleep(20)")
    run = asyncio.create_task(executor.run(execution))
    await asyncio.sleep(0)
    await executor.aclose()
    assert run.done() or (await asyncio.wait({run}, timeout=0.1))[0]
    assert run.result().reason == "cancelled"
    assert executor.warm is None, "a process for warm starts was begun after the end"
    assert sorted(p.name for p in execution.folder.iterdir()) == ["solution.py"]


async def test_run_after_closing_is_cancelled(make: Make) -> None:
    executor = LocalExecutor()
    await executor.aclose()
    assert (await executor.run(make("import time; time.sleep(20)"))).reason == "cancelled"


async def test_launcher_that_its_script_has_stopped_ends_all_the_same(executor: LocalExecutor, make: Make) -> None:
    began = time.monotonic()
    outcome = await executor.run(
        make("import os, signal, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)", seconds=0.5)
    )
    assert (outcome.reason, outcome.returncode) == ("timeout", -9)
    assert time.monotonic() - began < 10


async def test_script_that_ends_in_the_moment_of_its_limit_has_ended(
    executor: LocalExecutor, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(watch: Watch, on_usage: object) -> EndReason:
        await asyncio.wait({watch.script.ended})
        return "timeout"

    monkeypatch.setattr(Watch, "until_end", late)
    outcome = await executor.run(make("print('whole')"))
    assert (outcome.reason, outcome.message) == ("exited", "exit code 0")
