"""What scripts hold of the GPUs, told by a program of the name nvidia-smi that stands for the real one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_aide.execution import gpu_processes
from tui_aide.execution.executor import Execution, Usage
from tui_aide.execution.gpu_gauge import GpuTable
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.processes import ProcessTable

MIB = 2**20
HOLDS = """\
    import os, sys, time
    from pathlib import Path

    place = Path({place!r})
    child = os.fork()
    with (place / "held").open("a") as file:
        file.write(f"{{os.getpid()}}, /usr/bin/python, {{1000 if child else 24}}\\n")
    if not child:
        time.sleep(60)
    deadline = time.monotonic() + 20
    while not (place / "seen").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    (place / "held").write_text(f"{{os.getpid()}}, /usr/bin/python, 10\\n")
    while not (place / "less").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
"""


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose file `held` the program tells, with a line of somebody else's; it notes each call."""
    place = tmp_path / "smi"
    place.mkdir()
    program = place / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho x >> {place}/asked\ncat {place}/held\necho '1, VLLM::EngineCore, 61000'\n")
    program.chmod(0o755)
    (place / "held").touch()
    monkeypatch.setenv("PATH", f"{place}:/bin:/usr/bin")
    return place


def asked(smi: Path) -> int:
    return len((smi / "asked").read_text().split()) if (smi / "asked").exists() else 0


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def execution(tmp_path: Path, script: str, gpus: str | None) -> Execution:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "solution.py").write_text("\n".join(line[4:] for line in script.splitlines()))
    return Execution(folder=folder, output=tmp_path / "output.log", seconds=30, gpus=gpus)


@pytest.mark.parametrize("gpus", ["0", None])
async def test_the_memory_of_a_group_is_told_live_and_its_peak_at_the_end(
    smi: Path, tmp_path: Path, gpus: str | None
) -> None:
    executor = LocalExecutor()
    executor._gpus.max_age = 0.1
    told: list[int] = []

    def note(usage: Usage) -> None:
        told.append(usage.gpu_memory)
        if usage.gpu_memory == 1024 * MIB:
            (smi / "seen").touch()
        elif usage.gpu_memory == 10 * MIB:
            (smi / "less").touch()

    outcome = await executor.run(execution(tmp_path, HOLDS.format(place=str(smi)), gpus), note)
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    assert 1024 * MIB in told
    assert told[-1] == 10 * MIB
    assert outcome.gpu_memory == 1024 * MIB


async def test_a_script_that_is_to_see_no_gpu_is_not_looked_for(smi: Path, tmp_path: Path) -> None:
    outcome = await LocalExecutor().run(execution(tmp_path, "    import time; time.sleep(0.6)", ""), lambda _: None)
    assert (outcome.returncode, outcome.gpu_memory, asked(smi)) == (0, 0, 0)


def test_nothing_is_asked_where_there_is_no_such_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert GpuTable(ProcessTable()).gauge(1, "0") is None
    assert gpu_processes.ask_gpu_processes() == ()


def test_all_gpus_of_a_process_are_summed_up(smi: Path) -> None:
    (smi / "held").write_text("77, python, 100\n77, python, 20\n78, python, [N/A]\n")
    table = GpuTable(ProcessTable())
    assert table.held([77]) == 0  # nobody waits
    assert until(lambda: table.held([77, 78]) == 120 * MIB)
    assert table.held([78]) == 0


def test_many_who_ask_do_so_seldom(smi: Path) -> None:
    table = GpuTable(ProcessTable(), max_age=0.5)
    began = time.monotonic()
    while time.monotonic() < began + 0.8:
        for pid in range(100):
            table.held([pid])
        time.sleep(0.005)
    assert until(lambda: asked(smi) == 2)


def test_one_that_hangs_is_given_up_and_holds_nobody(smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_processes, "_PATIENCE", 0.3)
    (smi / "nvidia-smi").write_text(f"#!/bin/sh\necho x >> {smi}/asked\nexec sleep 60\n")
    table = GpuTable(ProcessTable(), max_age=0.0)
    began = time.monotonic()
    assert table.held([1]) == 0
    assert time.monotonic() - began < 0.2
    assert until(lambda: bool(asked(smi)))
    time.sleep(0.1)
    table.held([1])
    assert asked(smi) == 1  # it is still waited for
    assert until(lambda: table.held([1]) == 0 and asked(smi) == 2)
