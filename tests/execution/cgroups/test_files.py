"""What is written to a group's files and read from them, in a folder that has such files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui_aide.execution.cgroups.files import write
from tui_aide.execution.cgroups.group import Account, RunGroup
from tui_aide.execution.cgroups.standing import RUNNER, RUNS, find_standing

LIMITS = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max")


def laid_out(place: Path, **files: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name.replace("_", ".", 1)).write_text(text)
    return place


def test_limits_are_written_as_the_kernel_reads_them(tmp_path: Path) -> None:
    for name in LIMITS:
        (tmp_path / name).touch()
    RunGroup(tmp_path, -1).limit(frozenset({"memory", "pids"}), 4 * 2**30, 512)
    assert [(tmp_path / name).read_text() for name in LIMITS] == ["4294967296", "0", "1", "511"]


def test_without_swap_or_limit_there_is_nothing_to_write(tmp_path: Path) -> None:
    for name in ("memory.max", "memory.oom.group"):
        (tmp_path / name).touch()
    RunGroup(tmp_path, -1).limit(frozenset({"memory"}), None, 512)
    assert (tmp_path / "memory.max").read_text() == ""
    RunGroup(tmp_path, -1).limit(frozenset({"memory"}), 10**9, 512)
    assert (tmp_path / "memory.max").read_text() == "1000000000"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["memory.max", "memory.oom.group"]
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "pids.max", "1")


def test_the_account_tells_its_own_limit_from_the_machines(tmp_path: Path) -> None:
    events = "low 0\nhigh 0\nmax 31\noom {}\noom_kill {}\noom_group_kill 1\n"
    group = RunGroup(tmp_path, -1)
    assert group.account() == Account()
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\nsystem_usec 2\n")
    (tmp_path / "memory.peak").write_text("1000000000\n")
    (tmp_path / "memory.events").write_text(events.format(1, 3))
    told = group.account()
    assert told == Account(killed=3, at_limit=True, peak=10**9, cpu_seconds=2.5)
    assert told.reason == "out_of_memory"
    (tmp_path / "memory.events").write_text(events.format(0, 1))
    assert not group.account().at_limit
    (tmp_path / "memory.events").write_text(events.format(0, 0))
    (tmp_path / "pids.events").write_text("max 7\n")
    assert group.account().reason == "process_limit"


class Machine:
    """A folder with the files that tell where a process stands."""

    def __init__(self, place: Path) -> None:
        self.proc, self.mount = place / "proc", place / "cg"
        laid_out(self.proc / "self")
        laid_out(self.mount, cgroup_controllers="cpu memory pids\n", cgroup_procs="", cgroup_subtree_control="")
        self.mounts(f"31 23 0:28 / {self.mount} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate")

    def mounts(self, *lines: str) -> None:
        (self.proc / "self" / "mountinfo").write_text("".join(f"{line}\n" for line in lines))

    def stands(self, path: str, controllers: str = "memory pids", *, delegated: bool = True) -> Path:
        """Put the process into a group."""
        (self.proc / "self" / "cgroup").write_text(f"0::{path}\n")
        group = laid_out(self.mount / path.lstrip("/"), cgroup_events="populated 1\n")
        laid_out(group, cgroup_controllers=f"{controllers}\n", cgroup_procs="7\n", cgroup_subtree_control="")
        if delegated and path != "/":
            try:
                os.setxattr(group, "user.delegate", b"1")
            except OSError as error:
                pytest.skip(f"no extended attributes here: {error.strerror}")
        return group


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_group_that_was_handed_over_is_divided(machine: Machine) -> None:
    group = machine.stands("/user.slice/run-1.scope")
    found = find_standing(machine.proc)
    assert (found.base, found.top, found.why) == (group, False, "")
    assert not list(group.glob("tui-aide*"))


def test_a_runner_finds_the_division_that_another_has_made(machine: Machine) -> None:
    group = machine.stands("/user.slice/run-1.scope")
    machine.stands(f"/user.slice/run-1.scope/{RUNNER}", delegated=False)
    (group / RUNS).mkdir()
    assert find_standing(machine.proc).base == group


def test_a_group_that_systemd_keeps_is_left_alone(machine: Machine) -> None:
    group = machine.stands("/system.slice/no-such-unit-of-tui-aide.scope", delegated=False)
    found = find_standing(machine.proc)
    assert (found.base, found.why) == (None, "its control group is systemd's, not handed over")
    os.setxattr(group, "user.delegate", b"0")
    assert find_standing(machine.proc).base is None


def test_a_containers_root_is_divided_and_the_machines_need_not_be_vacated(machine: Machine) -> None:
    machine.stands("/")
    assert find_standing(machine.proc).base == machine.mount
    assert not find_standing(machine.proc).top
    (machine.mount / "cgroup.events").unlink()
    assert find_standing(machine.proc).top


def test_what_is_in_the_way_is_told_with_the_remedy(machine: Machine) -> None:
    machine.stands("/")
    (machine.mount / "cgroup.controllers").write_text("hugetlb\n")
    found = find_standing(machine.proc)
    assert (found.why, found.remedy) == (
        "the kernel counts no memory of control groups",
        "boot with cgroup_enable=memory",
    )
    v2 = f"31 23 0:28 / {machine.mount} rw - cgroup2 cgroup2 rw"
    machine.mounts("32 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", v2)
    found = find_standing(machine.proc)
    assert found.why == "memory is counted by control groups of version 1 here"
    assert found.remedy == "boot with systemd.unified_cgroup_hierarchy=1"
    machine.mounts("23 1 0:5 / / rw - ext4 /dev/vda rw")
    assert find_standing(machine.proc).why == "no control groups of version 2 are mounted here"


def test_a_group_without_the_memory_controller_is_none(machine: Machine) -> None:
    machine.stands("/user.slice/run-1.scope", "cpu pids")
    assert find_standing(machine.proc).why == "its control group was not given the memory controller"


def test_the_place_of_another_namespace_is_not_ours(machine: Machine) -> None:
    machine.stands("/user.slice")
    machine.mounts(f"31 23 0:28 /docker/abc {machine.mount} rw - cgroup2 cgroup2 rw")
    assert find_standing(machine.proc).why == "no control groups of version 2 are mounted here"
