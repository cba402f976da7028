"""Whole runs in groups: entered before anything of the script runs, cold and warm, in each sandbox; limits told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.execution.cgroups.here import fresh_group
from tests.execution.warm.running import laid_out, starter
from tui_aide.execution.cgroups.groups import RunGroups, open_groups
from tui_aide.execution.executor import Execution, Outcome
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import choose, try_out

MODES = ("bwrap", "namespaces", "landlock", "none")
BELOW = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.wait()
print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1])
print(open("/proc/self/cgroup").read().strip().rpartition("::")[2])
open("begun", "w").close()
while not os.path.exists("end"):
    time.sleep(0.01)
"""
"""Its daemon shows that all that it starts is in the group, too."""
GREEDY = """
held = []
for _ in range(60):
    held.append(bytearray(b"x") * 20_000_000)
print("got it all")
"""
BY_PARTS = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(b"x") * 100_000_000
        time.sleep(30)
        os._exit(0)
os.wait()
print("got it all")
"""
THREADS = """
import threading, time
for _ in range(80):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
print("got them all")
"""


@pytest.fixture
def place() -> Iterator[Path]:
    with fresh_group() as made:
        yield made


def opened() -> RunGroups:
    """Return groups with the controllers of memory and processes; skip where there are none."""
    groups = open_groups()
    if groups is None:
        pytest.skip("the kernel, or the owner of our control group, hands no memory controller to us")
    return groups


@asynccontextmanager
async def executor_of(mode: str, warm: bool, groups: Callable[[], RunGroups | None]) -> AsyncIterator[LocalExecutor]:
    if mode != "none" and not (trial := try_out(mode)).sandbox:
        pytest.skip(trial.why)
    executor = LocalExecutor(sandbox=choose(mode), warm_threads=1 if warm else None, groups=groups)
    try:
        await executor.start()
        if warm:
            assert await starter(executor).ready()
        yield executor
    finally:
        await executor.aclose()


async def seen_in_group(executor: LocalExecutor, execution: Execution, place: Path) -> tuple[set[int], str, Outcome]:
    """Run a script that waits; return what was in its group, what it printed, and how it ended."""
    running = asyncio.create_task(executor.run(execution))
    async with asyncio.timeout(20):
        while not (execution.folder / "begun").exists():
            assert not running.done(), running.result()
            await asyncio.sleep(0.01)
    (group,) = [path for path in place.iterdir() if path.is_dir()]
    members = {int(line) for line in (group / "cgroup.procs").read_text().split()}
    (execution.folder / "end").touch()
    outcome = await running
    return members, execution.output.read_text(), outcome


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", MODES)
async def test_all_of_a_script_is_in_its_group_and_nothing_else(
    mode: str, warm: bool, tmp_path: Path, place: Path
) -> None:
    execution = laid_out(tmp_path, BELOW)
    async with executor_of(mode, warm, lambda: RunGroups(place, frozenset())) as executor:
        members, said, outcome = await seen_in_group(executor, execution, place)
    assert outcome.returncode == 0, said
    assert not warm or starter(executor).begun == 1
    least, most = {"none": (2, 2), "landlock": (2, 2), "namespaces": (2, 4), "bwrap": (2, 5)}[mode]
    assert least <= len(members) <= most
    assert not any(map(psutil.pid_exists, members))
    descriptors, seen = said.splitlines()
    assert descriptors == "[0, 1, 2]"  # the entrance was not left open
    if mode in ("namespaces", "bwrap"):
        assert seen == "/"
    assert not [path for path in place.iterdir() if path.is_dir()]


@pytest.mark.parametrize("warm", [False, True])
async def test_a_kill_is_told_as_ever(warm: bool, tmp_path: Path, place: Path) -> None:
    execution = msgspec.structs.replace(laid_out(tmp_path, "while True:\n    pass\n"), seconds=0.5)
    async with executor_of("none", warm, lambda: RunGroups(place, frozenset())) as executor:
        outcome = await executor.run(execution)
    assert (outcome.reason, outcome.message) == ("timeout", "killed after 0.5 s")
    assert outcome.cpu_seconds > 0
    assert not [path for path in place.iterdir() if path.is_dir()]


async def test_a_search_without_groups_runs_as_ever(tmp_path: Path) -> None:
    async with executor_of("none", False, lambda: None) as executor:
        outcome = await executor.run(laid_out(tmp_path, "print(1)"))
    assert (outcome.reason, outcome.returncode) == ("exited", 0)


@pytest.mark.parametrize("script", [GREEDY, BY_PARTS], ids=["at_once", "by_parts"])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", MODES)
async def test_the_kernel_holds_memory_to_the_byte(mode: str, warm: bool, script: str, tmp_path: Path) -> None:
    groups = opened()
    limit = 300_000_000
    async with executor_of(mode, warm, lambda: groups) as executor:
        outcome = await executor.run(laid_out(tmp_path, script, memory=limit))
    said = (tmp_path / "output.log").read_text()
    assert outcome.reason == "out_of_memory", (outcome, said)
    assert "of 286 MB memory" in outcome.message
    assert 0.9 * limit < outcome.peak_memory <= limit
    assert "got" not in said
    assert not [path for path in groups.place.iterdir() if path.is_dir()]


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", MODES)
async def test_the_kernel_holds_threads_to_their_number(mode: str, warm: bool, tmp_path: Path) -> None:
    groups = opened()
    async with executor_of(mode, warm, lambda: groups) as executor:
        outcome = await executor.run(msgspec.structs.replace(laid_out(tmp_path, THREADS), processes=30))
    said = (tmp_path / "output.log").read_text()
    assert (outcome.reason, outcome.message) == ("process_limit", "failed: more than 30 processes"), (outcome, said)
    assert "got" not in said
