from __future__ import annotations

import os
from pathlib import Path

from tui_aide.execution.containers.control_group import control_group

IDENTITY = "0123456789abcdef" * 4


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_version_2_is_read_in_a_group_of_systemds(tmp_path: Path) -> None:
    group = f"system.slice/docker-{IDENTITY}.scope"
    write(tmp_path / "proc/7/cgroup", f"0::/{group}\n")
    write(tmp_path / "cg" / group / "memory.stat", "anon 1000\nfile 999999\nshmem 24\n")
    write(tmp_path / "cg" / group / "cpu.stat", "usage_usec 2500000\nuser_usec 2\n")
    found = control_group(7, IDENTITY, tmp_path / "cg", tmp_path / "proc")
    assert found is not None
    assert (found.memory(), found.cpu_seconds()) == (1024, 2.5)


def test_version_1_is_read_where_controllers_share_a_mount(tmp_path: Path) -> None:
    write(tmp_path / "proc/7/cgroup", f"4:memory:/docker/{IDENTITY}\n3:cpu,cpuacct:/docker/{IDENTITY}\n0::/\n")
    write(tmp_path / f"cg/memory/docker/{IDENTITY}/memory.stat", "cache 5\ntotal_rss 1000\ntotal_shmem 24\n")
    write(tmp_path / f"cg/cpuacct/docker/{IDENTITY}/cpuacct.usage", "2500000000\n")
    found = control_group(7, IDENTITY, tmp_path / "cg", tmp_path / "proc")
    assert found is not None
    assert (found.memory(), found.cpu_seconds()) == (1024, 2.5)


def test_another_process_of_that_number_is_none_of_the_containers(tmp_path: Path) -> None:
    write(tmp_path / "proc/7/cgroup", "0::/user.slice\n")
    assert control_group(7, IDENTITY, tmp_path / "cg", tmp_path / "proc") is None
    assert control_group(8, IDENTITY, tmp_path / "cg", tmp_path / "proc") is None
    assert control_group(os.getpid(), IDENTITY) is None


def test_files_that_cannot_be_read_are_left_to_the_engine(tmp_path: Path) -> None:
    write(tmp_path / "proc/7/cgroup", f"0::/docker/{IDENTITY}\n")
    assert control_group(7, IDENTITY, tmp_path / "cg", tmp_path / "proc") is None
