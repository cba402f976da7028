"""A group of cgroup v2 that tests may make groups in, where the machine has one."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tui_aide.execution.cgroups.files import paths
from tui_aide.execution.cgroups.group import RunGroup


def own_group() -> Path | None:
    """Return the folder of the group that this process is in; None where it is not to be seen."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line:
            root, place = line.split()[3:5]
            own = paths("self").get("", "/")
            return Path(place, Path(own).relative_to(root)) if Path(own).is_relative_to(root) else None
    return None


@contextmanager
def fresh_group() -> Iterator[Path]:
    """Make a real group without limits below our own, and remove it with all that is in it; skip where none can be."""
    own = own_group()
    if own is None:
        pytest.skip("no control groups of version 2 are mounted here")
    place = own / f"tui-aide-test-{uuid.uuid4().hex}"
    try:
        place.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made in {own}: {error.strerror}")
    try:
        yield place
    finally:
        for below in [path for path in place.iterdir() if path.is_dir()]:
            RunGroup(below, -1).remove()
        assert RunGroup(place, -1).remove()


def sleeper(group: RunGroup) -> int:
    """Return a process, our child, that has entered a group and sleeps there."""
    entrance = group.entrance()
    assert entrance is not None
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        os.write(entrance, b"0")
        os.write(told, b".")
        signal.pause()
        os._exit(0)
    os.close(told)
    assert os.read(heard, 1) == b"."
    for fd in (heard, entrance):
        os.close(fd)
    return child
