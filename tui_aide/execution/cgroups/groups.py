"""The control groups of a runner's runs: opened once a process, one made for each run, those of dead runners swept."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import uuid
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from pathlib import Path

from tui_aide.execution.cgroups.files import write
from tui_aide.execution.cgroups.group import RunGroup
from tui_aide.execution.cgroups.standing import RUNNER, RUNS, Standing, controllers, find_standing
from tui_aide.execution.outwaiting import outwait

_HELD = ("memory", "pids")
_TRIES = 20


class RunGroups:
    """Makes the groups of runs in one folder."""

    def __init__(self, place: Path, handed_down: Set[str]) -> None:
        """Take the group that those of runs are to lie in.

        Args:
            place: its folder.
            handed_down: the controllers that groups in it have.
        """
        self.place = place
        self._handed_down = handed_down

    def make(self, memory: int | None, processes: int) -> RunGroup | None:
        """Make a group for a run, with its limits; None where the kernel refuses.

        Args:
            memory: in bytes, None is no limit.
            processes: of the script and its sandbox, threads included; there are always fewer.
        """
        try:
            group = RunGroup.make(self.place / uuid.uuid4().hex)
        except OSError:
            return None
        try:
            group.limit(self._handed_down, memory, processes)
        except OSError:
            group.remove()
            return None
        return group

    def sweep(self) -> int:
        """Kill and remove what dead runners have left; return how many groups are gone by that."""
        try:
            places = [path for path in self.place.iterdir() if path.is_dir()]
        except OSError:
            return 0
        left = [group for place in places if (group := RunGroup.left(place)) is not None]
        for group in left:
            group.kill()
        return sum(group.remove() for group in left)


@asynccontextmanager
async def run_group(groups: RunGroups | None, memory: int | None, processes: int) -> AsyncIterator[RunGroup | None]:
    """Make a run's group, if there are any, and in the end kill what is in it and remove it, cancelled or not.

    The arguments are those of `RunGroups.make`.
    """
    if groups is None:
        yield None
        return
    making = asyncio.ensure_future(asyncio.to_thread(groups.make, memory, processes))
    cancelled = await outwait(making)
    group = making.result()
    try:
        if cancelled:
            raise asyncio.CancelledError
        yield group
    finally:
        if group and await outwait(asyncio.ensure_future(asyncio.to_thread(group.remove))):
            raise asyncio.CancelledError


_opened: list[RunGroups | None] = []


def open_groups() -> RunGroups | None:
    """Return the groups for this process's runs, opened by the first call; None where the kernel or its owner refuses.

    This process may come to be in another group by that, with all that is in its own.
    """
    if not _opened:
        _opened.append(_open(find_standing()))
    return _opened[0]


def _open(standing: Standing) -> RunGroups | None:
    base = standing.base
    if base is None:
        return None
    runs = base / RUNS
    try:
        runs.mkdir(exist_ok=True)
        if not standing.top:
            _vacate(base)
        held = [name for name in _HELD if name in controllers(base)]
        for group in (base, runs):
            for name in held:
                write(group / "cgroup.subtree_control", f"+{name}")
        groups = RunGroups(runs, frozenset(held))
    except OSError:
        return None
    groups.sweep()
    trial = groups.make(2**30, 1)
    return groups if trial and trial.remove() else None


def _vacate(base: Path) -> None:
    """Move all processes of a group to one below, as only then controllers can be handed down.

    Raises:
        OSError: one stays.
    """
    runner = base / RUNNER
    runner.mkdir(exist_ok=True)
    for _ in range(_TRIES):
        members = (base / "cgroup.procs").read_text().split()
        if not members:
            return
        for process in members:
            with contextlib.suppress(ProcessLookupError):
                write(runner / "cgroup.procs", process)
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
