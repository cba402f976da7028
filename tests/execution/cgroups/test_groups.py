"""Real groups of cgroup v2, without controllers: made, entered, killed, swept, removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.execution.cgroups.here import fresh_group, sleeper
from tui_aide.execution.cgroups.files import paths
from tui_aide.execution.cgroups.group import Account, RunGroup
from tui_aide.execution.cgroups.groups import RunGroups, run_group

HOLDER = """
import os, sys
from pathlib import Path
from tests.execution.cgroups.here import sleeper
from tui_aide.execution.cgroups.group import RunGroup
print(sleeper(RunGroup.make(Path(sys.argv[1]))), flush=True)
os.read(0, 1)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    with fresh_group() as made:
        yield made


@pytest.fixture
def group(place: Path) -> RunGroup:
    return RunGroup.make(place / "run")


def ended_by(child: int) -> int:
    """Wait for a child and return the signal that has ended it."""
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def test_a_process_that_enters_is_in_the_group_with_what_it_starts(group: RunGroup) -> None:
    child = sleeper(group)
    assert group.processes() == [child]
    assert paths(child)[""].endswith(f"/{group.place.parent.name}/run")
    group.kill()
    assert ended_by(child) == signal.SIGKILL
    assert group.remove()
    assert not group.place.exists()


def test_all_are_killed_one_by_one_where_the_kernel_has_no_call_for_it(group: RunGroup) -> None:
    children = [sleeper(group) for _ in range(3)]
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as with a launcher, nobody keeps them as zombies
    try:
        group._kill_each()
        assert group.processes() == []
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert not any(psutil.pid_exists(child) for child in children)


def test_removal_kills_what_is_left(group: RunGroup) -> None:
    child = sleeper(group)
    assert group.remove()
    assert ended_by(child) == signal.SIGKILL
    assert group.entrance() is None
    assert group.remove()  # gone is gone


def test_cpu_seconds_are_those_of_all_that_was_in_it(group: RunGroup) -> None:
    entrance = group.entrance()
    assert entrance is not None
    child = os.fork()
    if not child:
        os.write(entrance, b"0")
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
    os.close(entrance)
    assert 0.09 < group.account().cpu_seconds < 2
    assert group.account().reason is None
    group.remove()
    assert group.account() == Account()


def test_what_dead_runners_have_left_is_swept_and_nothing_else(place: Path, group: RunGroup) -> None:
    mine = sleeper(group)
    command = [sys.executable, "-c", HOLDER, str(place / "other")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        other = int(holder.stdout.readline())
        groups = RunGroups(place, frozenset())
        assert groups.sweep() == 0
        holder.kill()
        holder.wait()
    # The sleeper was forked by the holder and shares its lock: only what has ended or been executed has let it go.
    os.kill(other, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not groups.sweep() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [path.name for path in place.iterdir() if path.is_dir()] == ["run"]
    assert group.processes() == [mine]
    group.remove()
    os.waitpid(mine, 0)


async def test_a_run_has_a_group_while_it_lasts(place: Path) -> None:
    groups = RunGroups(place, frozenset())
    async with run_group(groups, None, 512) as made:
        assert made is not None
        child = sleeper(made)
    assert ended_by(child) == signal.SIGKILL
    assert not made.place.exists()


async def test_a_run_goes_on_without_a_group_where_none_can_be_made(tmp_path: Path) -> None:
    async with run_group(RunGroups(tmp_path / "gone", frozenset()), None, 512) as made:
        assert made is None
    async with run_group(None, None, 512) as made:
        assert made is None


def test_a_group_whose_limits_cannot_be_set_is_none(place: Path) -> None:
    assert RunGroups(place, frozenset({"memory"})).make(10**9, 512) is None  # it is not handed down to this one
    assert not [path for path in place.iterdir() if path.is_dir()]
