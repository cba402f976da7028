from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.execution.local_runs import Make
from tui_aide.engine.failing import failure_of
from tui_aide.errors import ExecutionError
from tui_aide.execution import launcher
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.execution.local import LocalExecutor


async def test_normal_exit_is_reported_with_both_streams_in_the_spool(executor: LocalExecutor, make: Make) -> None:
    execution = make("import sys; print('to stdout'); print('to stderr', file=sys.stderr)")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, outcome.message) == ("exited", 0, "exit code 0")
    assert execution.output.read_text() == "to stdout\nto stderr\n"
    assert 0 < outcome.seconds < 10
    assert outcome.peak_memory > 2_000_000
    assert sorted(p.name for p in execution.folder.iterdir()) == ["solution.py"]


async def test_output_is_appended_to_what_the_spool_holds(executor: LocalExecutor, make: Make) -> None:
    execution = make("print('second')")
    execution.output.write_text("first\n")
    await executor.run(execution)
    assert execution.output.read_text() == "first\nsecond\n"


async def test_traceback_ends_with_exit_code_1_and_names_the_script(executor: LocalExecutor, make: Make) -> None:
    execution = make("\n\nraise ValueError('no such column')")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, outcome.message) == ("exited", 1, "exit code 1")
    output = execution.output.read_text()
    assert 'solution.py", line 3' in output
    assert output.endswith("ValueError: no such column\n")


@pytest.mark.parametrize(
    ("script", "returncode", "message"),
    [
        ("import os; os._exit(3)", 3, "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV, "killed by signal SEGV (segmentation fault)"),
        ("import os; os.abort()", -signal.SIGABRT, "killed by signal ABRT (aborted)"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, "killed by signal KILL (not by tui_aide"),
    ],
)
async def test_unusual_ends_are_told_in_words(
    executor: LocalExecutor, make: Make, script: str, returncode: int, message: str
) -> None:
    outcome = await executor.run(make(script))
    assert (outcome.reason, outcome.returncode) == ("exited", returncode)
    assert outcome.message.startswith(message)


async def test_memory_of_all_processes_together_is_limited(executor: LocalExecutor, make: Make) -> None:
    execution = make(
        """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                break
        held = b"x" * 60_000_000
        time.sleep(60)
        """,
        memory=150 * 2**20,
    )
    outcome = await executor.run(execution)
    assert outcome.reason == "out_of_memory"
    assert outcome.message.endswith("of 150 MB memory")
    assert 150 * 2**20 < outcome.peak_memory < 400 * 2**20


async def test_memory_shared_by_forks_is_counted_once(executor: LocalExecutor, make: Make) -> None:
    execution = make(
        """
        import gc, os, time
        held = b"x" * 60_000_000
        for _ in range(3):
            if os.fork() == 0:
                time.sleep(1)
                os._exit(0)
        for _ in range(3):
            os.wait()
        """,
        memory=150 * 2**20,
    )
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    assert 60_000_000 < outcome.peak_memory < 150 * 2**20


async def test_output_flood_is_stopped_and_keeps_head_and_tail(executor: LocalExecutor, make: Make) -> None:
    execution = make(
        """
        print("the head", flush=True)
        chunk = "flood of output\\n" * 4096
        while True:
            print(chunk)
        """,
        output_bytes=100_000,
    )
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.message) == ("output_limit", "killed: more than 0.1 MB of output")
    output = execution.output.read_bytes()
    assert len(output) < 101_000
    assert outcome.output > 100_000
    assert output.startswith(b"the head\nflood of output\n")
    assert b"bytes of output cut out" in output


async def test_environment_holds_no_keys_and_caps_threads(
    executor: LocalExecutor, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    monkeypatch.setenv("HF_TOKEN", "canary-token")
    execution = make(
        """
        import glob, os, tempfile
        print(dict(os.environ))
        print(open(f"/proc/{os.getppid()}/environ").read() if os.path.exists("/proc") else "")
        assert os.environ["HOME"].startswith(os.getcwd()), "home"
        assert tempfile.NamedTemporaryFile(), "temporary file"
        for name in ("OMP", "OPENBLAS", "MKL"):
            assert os.environ[name + "_NUM_THREADS"] == "1", name
        assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
        """
    )
    outcome = await executor.run(execution)
    output = execution.output.read_text()
    assert outcome.returncode == 0, output
    assert "canary" not in output


async def test_script_runs_at_low_priority_with_no_input_in_a_session_of_its_own(
    executor: LocalExecutor, make: Make
) -> None:
    execution = make(
        """
        import os, sys
        assert os.getsid(0) == os.getpgid(0) == os.getpid()
        assert sys.stdin.read() == ""
        print(os.nice(0))
        """
    )
    outcome = await executor.run(execution)
    assert outcome.returncode == 0, execution.output.read_text()
    assert int(execution.output.read_text()) >= 10


async def test_usage_is_told_while_the_script_runs(executor: LocalExecutor, make: Make) -> None:
    told: list[Usage] = []
    execution = make(
        """
        import time
        held = b"x" * 50_000_000
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass
        time.sleep(0.5)
        """
    )
    outcome = await executor.run(execution, told.append)
    assert 2 <= len(told) <= outcome.seconds * 5
    assert max(usage.memory for usage in told) > 50_000_000
    assert told[-1].cpu_seconds > 0.4
    assert outcome.cpu_seconds >= 0.5
    assert outcome.peak_memory > 50_000_000


async def test_cpu_seconds_of_ended_children_count(executor: LocalExecutor, make: Make) -> None:
    execution = make(
        """
        import subprocess, sys
        burn = "import time\\nwhile time.process_time() < 0.4: pass"
        subprocess.run([sys.executable, "-c", burn], check=True)
        """
    )
    outcome = await executor.run(execution)
    assert outcome.cpu_seconds >= 0.4


async def test_runs_at_once_do_not_disturb_each_other(executor: LocalExecutor, tmp_path: Path) -> None:
    async def one(number: int) -> Outcome:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "solution.py").write_text(
            f"import time; time.sleep(0.2); print({number}); raise SystemExit({number})"
        )
        return await executor.run(Execution(folder=folder, output=folder / "output.log", seconds=20))

    outcomes = await asyncio.gather(*(one(number) for number in range(4)))
    assert [outcome.returncode for outcome in outcomes] == [0, 1, 2, 3]
    assert [(tmp_path / str(n) / "output.log").read_text() for n in range(4)] == ["0\n", "1\n", "2\n", "3\n"]


async def test_missing_folder_script_python_and_spool_are_typed_errors(
    executor: LocalExecutor, make: Make, tmp_path: Path
) -> None:
    execution = make("")
    with pytest.raises(ExecutionError, match="no such folder"):
        await executor.run(Execution(folder=tmp_path / "none", output=tmp_path / "log", seconds=1))
    with pytest.raises(ExecutionError, match="no such file"):
        await executor.run(Execution(folder=execution.folder, script="x.py", output=tmp_path / "log", seconds=1))
    with pytest.raises(ExecutionError, match="no Python that can be run"):
        await LocalExecutor(tmp_path / "python").run(execution)
    with pytest.raises(ExecutionError, match="cannot be written"):
        await executor.run(Execution(folder=execution.folder, output=tmp_path / "no" / "log", seconds=1))
    assert sorted(p.name for p in execution.folder.iterdir()) == ["solution.py"]


async def test_removing_very_many_temporary_files_does_not_hold_up_the_loop(
    executor: LocalExecutor, make: Make
) -> None:
    execution = make("""
        import os
        for number in range(20_000):
            os.close(os.open(f".tmp/{number}", os.O_CREAT | os.O_WRONLY))
        print("made")
    """)
    run = asyncio.create_task(executor.run(execution))
    longest = 0.0
    while not run.done():
        began = time.monotonic()
        await asyncio.sleep(0.005)
        if "made" in (execution.output.read_text() if execution.output.exists() else ""):
            longest = max(longest, time.monotonic() - began)
    assert run.result().returncode == 0
    assert not (execution.folder / ".tmp").exists()
    assert longest < 0.1


async def test_pages_of_files_that_the_kernel_can_drop_are_no_reason_to_kill(
    executor: LocalExecutor, make: Make
) -> None:
    execution = make(
        """
        import mmap, time
        with open("array", "wb") as file:
            for _ in range(120):
                file.write(b"x" * 2**20)
        with open("array", "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        print(sum(mapped[at] == 120 for at in range(0, len(mapped), 4096)), flush=True)
        time.sleep(0.6)
        """,
        memory=80 * 2**20,
    )
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    assert execution.output.read_text() == f"{120 * 256}\n"


def test_launcher_runs_with_pythons_before_3_9() -> None:
    code = (
        "import os, runpy, sys\ndel os.waitstatus_to_exitcode\nsys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    read, write = os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", code, launcher.__file__, "1", "0", "0", "0", "0", "0", "/bin/sh", "-c", "exit 3"],
        stdin=read,
        stdout=subprocess.PIPE,
        check=True,
    )
    for fd in (read, write):
        os.close(fd)
    assert done.stdout.split()[:1] == [b"3"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
async def test_failure_whose_words_find_no_room_is_told_as_a_full_disk(executor: LocalExecutor, make: Make) -> None:
    execution = msgspec.structs.replace(make("raise ValueError('nobody will read this')"), output=Path("/dev/full"))
    outcome = await executor.run(execution)
    words = "exit code 1; what it printed could not be kept: No space left on device"
    assert (outcome.reason, outcome.returncode, outcome.message) == ("disk_full", 1, words)
    failed = failure_of(outcome, "", cut=False)
    assert failed is not None
    assert (failed.verdict, failed.message.partition(": peak")[0]) == ("disk_full", words)
