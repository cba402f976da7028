from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.execution.ray.conftest import Make
from tests.execution.ray.nodes import RayNodes
from tui_aide.execution.executor import Usage
from tui_aide.execution.ray_executor import RayExecutor
from tui_aide.execution.spool import read_marks

pytestmark = pytest.mark.ray

DAEMON = """
import os, pathlib, sys, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            time.sleep(60)
        os._exit(0)
    os.wait()
daemon()
print(os.getpid(), flush=True)
time.sleep(60)
"""


async def until_printed(output: Path, pattern: str = r"^(\d+)\n", seconds: float = 20) -> re.Match[str]:
    async with asyncio.timeout(seconds):
        while True:
            text = output.read_text() if output.exists() else ""
            if found := re.search(pattern, text, re.MULTILINE):
                return found
            await asyncio.sleep(0.02)


def below(nodes: RayNodes) -> list[psutil.Process]:
    """Return the processes of scripts: their home is in a folder of a run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME", "").startswith(str(nodes.place / "tui-aide-")):
                found.append(process)
        except psutil.Error:
            continue
    return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


async def until_clean(nodes: RayNodes, seconds: float = 5) -> float:
    began = time.monotonic()
    while below(nodes) and time.monotonic() < began + seconds:
        await asyncio.sleep(0.02)
    assert [p.cmdline() for p in below(nodes)] == []
    return time.monotonic() - began


async def test_a_script_finds_its_folder_and_its_files_come_back(
    nodes: RayNodes, executor: RayExecutor, make: Make
) -> None:
    execution = make(
        """
        import os, sys
        print(sorted(os.listdir()), open("input/train.csv").read(), os.path.getsize("input/images/1.bin"))
        print("to stderr", file=sys.stderr)
        open("submission.csv", "w").write("id,y\\n")
        os.makedirs("working/deep")
        open("working/deep/model.bin", "wb").write(b"x" * 3_000_000)
        print(os.environ["OMP_NUM_THREADS"])
        """
    )
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, outcome.message) == ("exited", 0, "exit code 0")
    output = execution.output.read_bytes()
    assert b"'input', 'solution.py', 'working'] id,y\n1,2\n 1280000\n" in output
    ((begin, end),) = read_marks(execution.output)
    assert output[begin:end] == b"to stderr\n"
    assert outcome.output == len(output)
    assert (execution.folder / "submission.csv").read_text() == "id,y\n"
    assert (execution.folder / "working/deep/model.bin").read_bytes() == b"x" * 3_000_000
    assert (execution.folder / "input").is_symlink()
    assert nodes.runs() == []


async def test_a_traceback_names_the_script(executor: RayExecutor, make: Make) -> None:
    execution = make("\n\nraise ValueError('no such column')")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", 1)
    assert 'solution.py", line 3' in execution.output.read_text()
    assert execution.output.read_text().endswith("ValueError: no such column\n")


async def test_inputs_come_to_each_node_once_and_are_read_only(
    nodes: RayNodes, executor: RayExecutor, make: Make
) -> None:
    code = """
        import os, time
        time.sleep(1)
        status = os.stat("input/train.csv")
        print("INPUT", os.path.realpath("input"), status.st_ino, status.st_ctime_ns, oct(status.st_mode & 0o777))
        """
    for round_ in range(2):
        runs = [make(code, f"{round_}-{i}", threads=2) for i in range(2)]
        await asyncio.gather(*map(executor.run, runs))
    lines = [(line.split()) for run in runs[0].output.parent.glob("?-?.log") for line in run.read_text().splitlines()]
    seen = {tuple(words[1:]) for words in lines if words[0] == "INPUT"}
    assert len(seen) == 2  # one copy a node, which the second round found as the first had left it
    assert {words[-1] for words in seen} == {"0o444"}
    places = {str(Path(words[0]).relative_to(nodes.place)).split("/")[0] for words in seen}
    assert places == {"head", "second"}
    assert len({Path(words[0]).name for words in seen}) == 1


async def test_inputs_that_an_unconfined_script_has_changed_are_renewed(nodes: RayNodes, make: Make) -> None:
    executor = RayExecutor(nodes.address, sandbox="none")
    spoil = make(
        """
        import os
        os.chmod(os.path.realpath("input"), 0o755)
        os.chmod("input/train.csv", 0o644)
        open("input/train.csv", "w").write("id,y\\n1,9\\n")
        """,
        "spoil",
    )
    outcome = await executor.run(spoil)
    assert (outcome.reason, outcome.message.partition(" on ")[0]) == ("lost", "a script changed the inputs")
    for i in range(3):
        honest = make("print(open('input/train.csv').read())", f"honest-{i}")
        await executor.run(honest)
        assert honest.output.read_text() == "id,y\n1,2\n\n"
    await executor.aclose()


@pytest.mark.parametrize(
    ("script", "limits", "reason"),
    [
        ("import time; time.sleep(60)", {"seconds": 1.0}, "timeout"),
        ("x = bytearray(1 << 30)\nimport time; time.sleep(60)", {"memory": 200 << 20}, "out_of_memory"),
        ("while True: print('x' * 1000)", {"output_bytes": 50_000_000}, "output_limit"),
        ("open('big', 'wb').write(b'x' * 50_000_000)\nimport time; time.sleep(60)", {"disk": 10_000_000}, "disk_full"),
    ],
)
async def test_limits_hold_on_the_node(
    nodes: RayNodes, executor: RayExecutor, make: Make, script: str, limits: dict[str, object], reason: str
) -> None:
    execution = make(script, **limits)
    outcome = await executor.run(execution)
    assert outcome.reason == reason
    assert outcome.seconds < 15
    assert execution.output.stat().st_size <= 50_000_000 + 200
    await until_clean(nodes)


async def test_a_limited_output_keeps_head_and_tail(executor: RayExecutor, make: Make) -> None:
    execution = make(
        """
        for i in range(2000):
            print("\\n".join(f"line {j:07}" for j in range(1000 * i, 1000 * i + 1000)))
        """,
        output_bytes=30_000_000,
    )
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.output) == ("exited", 26_000_000)
    text = execution.output.read_text()
    assert len(text) < 8_100_000
    assert text.startswith("line 0000000\n")
    assert text.endswith("line 1999999\n")
    assert "bytes of output cut out" in text


async def test_output_and_usage_come_while_the_script_runs(executor: RayExecutor, make: Make) -> None:
    execution = make("import time; print(1, flush=True); time.sleep(2.5)")
    told: list[Usage] = []
    running = asyncio.create_task(executor.run(execution, told.append))
    await until_printed(execution.output)
    assert not running.done()
    outcome = await running
    assert 5 <= len(told) <= 4 * outcome.seconds + 1
    assert told[-1].memory > 2_000_000


async def test_cancelling_kills_daemons_too(nodes: RayNodes, executor: RayExecutor, make: Make) -> None:
    execution = make(DAEMON)
    running = asyncio.create_task(executor.run(execution))
    await until_printed(execution.output)
    assert len(below(nodes)) >= 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert below(nodes) == []
    assert nodes.runs() == []


async def test_a_flooding_script_can_be_killed(nodes: RayNodes, executor: RayExecutor, make: Make) -> None:
    execution = make("print(1, flush=True)\nwhile True: print('x' * 1000)", output_bytes=10**11)
    running = asyncio.create_task(executor.run(execution))
    await until_printed(execution.output)
    await asyncio.sleep(0.7)
    executor.kill(execution)
    async with asyncio.timeout(10):
        outcome = await running
    assert (outcome.reason, outcome.message) == ("killed", "killed by you")
    await until_clean(nodes)


async def test_a_script_in_the_queue_says_so_and_its_time_does_not_run(executor: RayExecutor, make: Make) -> None:
    blockers = [make("import time; print(1, flush=True); time.sleep(60)", f"b{i}", threads=2) for i in range(2)]
    running = [asyncio.create_task(executor.run(blocker)) for blocker in blockers]
    for blocker in blockers:
        await until_printed(blocker.output)
    waiting = make("print('ran')", "waiting", threads=2, seconds=2.0)
    queued = asyncio.create_task(executor.run(waiting))
    await until_printed(waiting.output, "waits until the Ray cluster has 2 CPUs free")
    again = make("print('ran')", "again", threads=2)
    cancelled = asyncio.create_task(executor.run(again))
    await asyncio.sleep(0.2)
    executor.kill(again)
    assert (await cancelled).reason == "killed"
    executor.kill(blockers[0])
    outcome = await queued
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    assert outcome.seconds < 2
    executor.kill(blockers[1])
    await asyncio.gather(*running)


async def test_a_killed_worker_loses_its_script_and_takes_it_along(
    nodes: RayNodes, executor: RayExecutor, make: Make
) -> None:
    execution = make(DAEMON)
    running = asyncio.create_task(executor.run(execution))
    await until_printed(execution.output)
    (worker,) = nodes.workers()
    worker.send_signal(signal.SIGKILL)
    outcome = await running
    assert outcome.reason == "lost"
    assert outcome.message.startswith("lost with node ")
    await until_clean(nodes)
    left = nodes.runs()
    assert left
    await executor.run(make("print(1)", "next"))
    assert nodes.runs() == []


async def test_gpus_are_those_that_ray_gives(nodes: RayNodes, executor: RayExecutor, make: Make) -> None:
    code = """
        import os, time
        time.sleep(1)
        print(os.environ["CUDA_VISIBLE_DEVICES"], os.path.realpath("input"))
        """
    one, other, none, both = (
        make(code, "one", gpus="0"),
        make(code, "other", gpus="0"),
        make(code, "none", gpus=""),
        make(code, "both", gpus="0,1"),
    )
    await asyncio.gather(executor.run(one), executor.run(other), executor.run(none))
    await executor.run(both)
    words = [run.output.read_text().splitlines()[-1].split() for run in (one, other, both)]
    assert sorted(w[0] for w in words[:2]) == ["0", "1"]
    assert sorted(words[2][0].split(",")) == ["0", "1"]
    assert all(w[1].startswith(str(nodes.place / "second")) for w in words)
    assert none.output.read_text().startswith(" ")


async def test_closing_stops_scripts_and_leaves_the_cluster(nodes: RayNodes, make: Make) -> None:
    executor = RayExecutor(nodes.address)
    execution = make(DAEMON)
    running = asyncio.create_task(executor.run(execution))
    await until_printed(execution.output)
    await executor.aclose()
    assert (await running).reason == "cancelled"
    await until_clean(nodes)
    again = RayExecutor(nodes.address)
    outcome = await again.run(make("print('up')", "again"))
    await again.aclose()
    assert outcome.returncode == 0


async def test_a_dead_connection_loses_runs_and_the_next_run_connects_anew(
    nodes: RayNodes, executor: RayExecutor, make: Make
) -> None:
    execution = make(DAEMON)
    running = asyncio.create_task(executor.run(execution))
    await until_printed(execution.output)
    bridge = next(p for p in psutil.Process().children() if "remote.bridge" in " ".join(p.cmdline()))
    bridge.send_signal(signal.SIGKILL)
    assert (await running).reason == "lost"
    outcome = await executor.run(make("print(2)", "next"))
    assert outcome.returncode == 0
    await until_clean(nodes, 20)


async def test_code_on_the_nodes_is_the_package_that_was_sent(
    nodes: RayNodes, executor: RayExecutor, make: Make
) -> None:
    execution = make("import os; print(os.environ['PYTHONPATH'])")
    await executor.run(execution)
    assert "/py_modules_files/" in execution.output.read_text()


async def test_what_a_script_leaves_changes_nothing_outside_its_folder(
    executor: RayExecutor, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "precious").write_text("precious")
    execution = make(
        f"""
        import os
        os.remove("input")
        os.makedirs("input")
        open("input/train.csv", "w").write("evil")
        os.symlink("{tmp_path}/precious", "submission.csv")
        os.symlink("{tmp_path}", "working/out")
        os.mkfifo("fifo")
        open("solution.py", "w").write("evil")
        open("sparse", "wb").truncate(10**10)
        for i in range(3000):
            open(f"working/{{i}}", "w").write("x" * 10)
        """
    )
    code = (execution.folder / "solution.py").read_text()
    outcome = await executor.run(execution)
    assert outcome.returncode == 0, execution.output.read_text()
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "inputs" / "train.csv").read_text() == "id,y\n1,2\n"
    assert (execution.folder / "solution.py").read_text() == code
    assert (execution.folder / "input").is_symlink()
    assert not any(os.path.lexists(execution.folder / name) for name in ("submission.csv", "fifo", "sparse"))
    assert not (execution.folder / "working" / "out").exists()
    assert len(list((execution.folder / "working").iterdir())) <= 2000
    assert "--- too much to bring back from node " in execution.output.read_text()
    assert re.search(r"--- refused what came from node .*: 1 file ---", execution.output.read_text())


async def test_scripts_die_with_the_search_that_is_killed(nodes: RayNodes, make: Make) -> None:
    execution = make(DAEMON)
    code = f"""
import asyncio, pathlib
from tui_aide.execution.executor import Execution
from tui_aide.execution.ray_executor import RayExecutor
folder, output = pathlib.Path({str(execution.folder)!r}), pathlib.Path({str(execution.output)!r})
asyncio.run(RayExecutor({nodes.address!r}).run(Execution(folder=folder, output=output, seconds=60)))
"""
    search = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await until_printed(execution.output)
    bridges = [p for p in psutil.Process(search.pid).children() if "remote.bridge" in " ".join(p.cmdline())]
    assert len(bridges) == 1
    search.kill()
    await search.wait()
    assert await until_clean(nodes, 10) < 5
    await asyncio.to_thread(psutil.wait_procs, bridges, 15)
    assert not bridges[0].is_running()
