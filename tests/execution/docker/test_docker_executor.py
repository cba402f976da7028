from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.execution.docker.conftest import Make
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.errors import ExecutionError
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.execution.spool import read_marks

BEATING = """
import os, time
while True:
    open("beat", "w").write(str(time.time()))
    time.sleep(0.02)
"""


async def until(path: Path) -> None:
    async with asyncio.timeout(20):
        while not path.exists():
            await asyncio.sleep(0.02)


async def stands_still(path: Path) -> bool:
    before = path.read_text()
    await asyncio.sleep(0.3)
    return path.read_text() == before


async def test_a_script_reads_its_inputs_and_leaves_files_of_ours(executor: DockerExecutor, make: Make) -> None:
    script = "print(open('input/train.csv').read())\nopen('submission.csv', 'w').write('id,y\\n')\n"
    execution = make(script)
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, outcome.message) == ("exited", 0, "exit code 0")
    assert execution.output.read_text() == "id,y\n1,2\n\n"
    assert outcome.output == 10
    written = execution.folder / "submission.csv"
    assert written.read_text() == "id,y\n"
    assert written.stat().st_uid == execution.folder.stat().st_uid == os.getuid()
    assert executor.place.words.startswith("Docker ")
    assert IMAGE in executor.place.words


async def test_stderr_is_marked_and_a_traceback_tells_of_shapes(executor: DockerExecutor, make: Make) -> None:
    execution = make("import time\nprint('to stdout')\ntime.sleep(0.2)\nrows = [1, 2]\n1 / 0\n")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", 1)
    told = execution.output.read_bytes()
    [(begin, end)] = read_marks(execution.output)
    assert told[:begin] == b"to stdout\n"
    assert b"ZeroDivisionError" in told[begin:end]
    assert b"rows: list" in told[begin:end]


async def test_what_a_script_uses_is_told_while_it_runs(executor: DockerExecutor, make: Make) -> None:
    told: list[Usage] = []
    script = "import time\nheld = bytearray(100_000_000)\nend = time.time() + 1.5\nwhile time.time() < end: pass\n"
    outcome = await executor.run(make(script), told.append)
    assert outcome.reason == "exited"
    assert 100_000_000 < outcome.peak_memory < 160_000_000
    assert 0.5 < outcome.cpu_seconds < 3
    assert 1.4 < outcome.seconds < 10
    assert max(usage.memory for usage in told) > 100_000_000


async def test_a_script_past_its_time_is_killed(executor: DockerExecutor, make: Make) -> None:
    execution = make("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + BEATING, seconds=1.0)
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.message) == ("timeout", "killed after 1 s")
    assert await stands_still(execution.folder / "beat")


async def test_the_kernel_ends_a_script_past_its_memory(executor: DockerExecutor, make: Make) -> None:
    outcome = await executor.run(make("held = []\nwhile True: held.append(b'x' * 10_000_000)\n"))
    assert (outcome.reason, outcome.message) == ("out_of_memory", "killed: 256 MB of 256 MB memory")


async def test_a_script_that_kills_itself_is_not_said_to_lack_memory(executor: DockerExecutor, make: Make) -> None:
    outcome = await executor.run(make("import os\nos.kill(os.getpid(), 9)\n"))
    assert (outcome.reason, outcome.returncode) == ("exited", -9)


async def test_processes_are_limited(executor: DockerExecutor, make: Make) -> None:
    script = """
        import os, time
        count = 0
        while True:
            try:
                if os.fork() == 0:
                    time.sleep(60)
            except OSError as error:
                print(count, error.errno)
                break
            count += 1
    """
    execution = make(script)
    outcome = await executor.run(execution)
    assert outcome.reason == "exited"
    count, number = execution.output.read_text().split()
    assert 50 <= int(count) < 64
    assert int(number) == 11


@pytest.mark.slow
async def test_a_flood_of_output_ends_the_script_and_fills_no_disk(
    executor: DockerExecutor, daemon: Daemon, make: Make
) -> None:
    before = used(daemon.data)
    execution = make("import os\nwhile True: os.write(1, b'x' * 1_000_000)\n", output_bytes=10**9, seconds=60.0)
    outcome = await executor.run(execution)
    assert outcome.reason == "output_limit"
    assert 10**9 < outcome.output < 1.5 * 10**9
    assert execution.output.stat().st_size < 20_000_000
    assert used(daemon.data) - before < 5_000_000


def used(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink() and path.is_file())


async def test_a_full_folder_ends_the_script(executor: DockerExecutor, make: Make) -> None:
    script = (
        "import time\nwith open('fill', 'wb') as file:\n    while True: file.write(b'x' * 10**6); time.sleep(0.005)\n"
    )
    outcome = await executor.run(make(script, disk=50_000_000))
    assert outcome.reason == "disk_full"
    assert outcome.disk > 50_000_000


async def test_a_daemon_dies_with_its_script(executor: DockerExecutor, make: Make) -> None:
    script = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {BEATING.strip().replace(chr(10), chr(10) + "        ")}
    os._exit(0)
while not os.path.exists("beat"):
    time.sleep(0.01)
"""
    execution = make(script)
    outcome = await executor.run(execution)
    assert outcome.reason == "exited"
    assert await stands_still(execution.folder / "beat")


async def test_two_run_at_once_and_the_user_kills_one(executor: DockerExecutor, make: Make) -> None:
    one, other = make(BEATING, "one"), make("import time\ntime.sleep(1)\nprint('done')\n", "other")
    runs = [asyncio.create_task(executor.run(execution)) for execution in (one, other)]
    await until(one.folder / "beat")
    executor.kill(one)
    killed, ended = await asyncio.gather(*runs)
    assert (killed.reason, killed.message) == ("killed", "killed by you")
    assert (ended.reason, other.output.read_text()) == ("exited", "done\n")


async def test_cancelling_kills_and_removes(executor: DockerExecutor, daemon: Daemon, make: Make) -> None:
    execution = make(BEATING)
    run = asyncio.create_task(executor.run(execution))
    await until(execution.folder / "beat")
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await stands_still(execution.folder / "beat")
    assert daemon.containers() == []
    assert execution.folder.stat().st_uid == os.getuid()


async def test_cancelling_at_any_moment_of_the_start_leaves_no_container(
    executor: DockerExecutor, daemon: Daemon, make: Make
) -> None:
    for number in range(6):
        run = asyncio.create_task(executor.run(make("import time\ntime.sleep(60)\n", f"work-{number}")))
        await asyncio.sleep(0.05 * number)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert daemon.containers() == []


async def test_closing_ends_what_runs_as_cancelled(daemon: Daemon, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
    execution = make(BEATING)
    run = asyncio.create_task(executor.run(execution))
    await until(execution.folder / "beat")
    await executor.aclose()
    assert (await run).reason == "cancelled"
    assert daemon.containers() == []


RUNNER = """
import asyncio, sys
from pathlib import Path
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.executor import Execution

place = Path(sys.argv[1])
execution = Execution(folder=place / "work", output=place / "out.log", seconds=60)
asyncio.run(DockerExecutor(IMAGE, mounts=PYTHON_PLACES).run(execution))
"""


async def test_a_script_dies_with_its_runner_and_the_next_start_sweeps(
    daemon: Daemon, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    execution = make(BEATING)
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path)], cwd=Path(__file__).parents[3])
    try:
        await until(execution.folder / "beat")
    finally:
        runner.send_signal(signal.SIGKILL)
        runner.wait()
    await asyncio.sleep(0.5)
    assert await stands_still(execution.folder / "beat")
    assert len(daemon.containers()) == 1
    executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
    await executor.start()
    assert daemon.containers() == []
    await executor.aclose()


async def test_a_script_whose_engine_dies_is_lost_and_dead(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("only root can start Docker's engine")
    own = Daemon()
    try:
        monkeypatch.setenv("DOCKER_HOST", own.host)
        executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
        execution = make(BEATING)
        run = asyncio.create_task(executor.run(execution))
        await until(execution.folder / "beat")
        own.kill()
        outcome: Outcome = await asyncio.wait_for(run, 30)
        assert (outcome.reason, outcome.returncode) == ("lost", None)
        assert await stands_still(execution.folder / "beat")
        with pytest.raises(ExecutionError, match="no engine of containers answers"):
            await executor.run(make("print()", "next"))
        await executor.aclose()
    finally:
        own.close()


async def test_a_python_in_the_image_can_be_asked(executor: DockerExecutor) -> None:
    code = "import sys; print('aside', file=sys.stderr); print(sys.version_info[0])"
    assert await executor.ask_python(code) == "3\n"
    with pytest.raises(ExecutionError, match="exit code 1"):
        await executor.ask_python("raise ValueError")


async def test_what_cannot_be_started_is_a_typed_error(
    executor: DockerExecutor, daemon: Daemon, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExecutionError, match="no such file"):
        await executor.run(Execution(folder=tmp_path, output=tmp_path / "log", seconds=1))
    missing = DockerExecutor("no.such/image:1")
    with pytest.raises(ExecutionError, match=r"no\.such/image:1 is not here and cannot be pulled.*--image"):
        await missing.start()
    await missing.aclose()
    bare = DockerExecutor(IMAGE)  # without the mounts it has no Python
    with pytest.raises(ExecutionError, match="python3"):
        await bare.run(make("print()"))
    await bare.aclose()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    nowhere = DockerExecutor(IMAGE)
    with pytest.raises(ExecutionError, match=r"DOCKER_HOST names .* nothing answers there: start one"):
        await nowhere.start()
    await nowhere.aclose()


def test_no_descriptor_or_process_stays(daemon: Daemon, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)

    async def three() -> None:
        executor = DockerExecutor(IMAGE, mounts=PYTHON_PLACES)
        for number in range(3):
            await executor.run(make("print()", f"work-{number}-{time.monotonic_ns()}"))
        await executor.aclose()

    asyncio.run(three())
    before = psutil.Process().num_fds()
    asyncio.run(three())
    assert psutil.Process().num_fds() == before
