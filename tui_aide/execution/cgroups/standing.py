"""Where this process stands among control groups of version 2, and whether groups for runs may be made there."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from tui_aide.execution.cgroups.files import PROCESSES, paths

RUNNER, RUNS = "runner", "runs"
"""Below a group that is handed to us: the group of the runner, since a group with groups below may hold no process
itself, and the group of those of runs."""
_NEEDED = ("cgroup.procs", "cgroup.subtree_control")
_SECONDS = 3.0
_SCOPE = "scope -p Delegate=yes tui-aide run TASK"


class Standing(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        base: the group that may get groups below; None where there is none.
        top: whether it is the root of all groups, which may hold processes, too.
        why: what is in the way; empty where nothing is.
        remedy: the one command, or step, that changes it; empty where none is known.
    """

    base: Path | None
    top: bool = False
    why: str = ""
    remedy: str = ""


def find_standing(processes: Path = PROCESSES) -> Standing:
    """Return whether groups may be made below the one that this process is in; tried by making one and removing it.

    Args:
        processes: where the kernel tells of processes.
    """
    if sys.platform != "linux":
        return Standing(None, why="control groups need Linux")
    own, mount = _own(processes)
    if own is None or mount is None:
        return Standing(None, why="no control groups of version 2 are mounted here", remedy=_UNIFIED)
    base = own.parent if own.name == RUNNER and (own.parent / RUNS).is_dir() else own
    if why := _lacks_memory(base, mount, processes):
        return why
    if not all(os.access(base / name, os.W_OK) for name in (".", *_NEEDED)):
        return Standing(None, why="its control group may not be written by this user", remedy=_scope())
    if base != mount and not _delegated(base):
        return Standing(None, why="its control group is systemd's, not handed over", remedy=_scope())
    trial = base / f"tui-aide-trial-{os.getpid()}"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        return Standing(None, why=f"no control group can be made in {base}: {error.strerror}", remedy=_scope())
    return Standing(base, top=not (base / "cgroup.events").exists())


_UNIFIED = "boot with systemd.unified_cgroup_hierarchy=1"


def _own(processes: Path) -> tuple[Path | None, Path | None]:
    """Return the folder of this process's group and the mount that it lies in; None where it is not to be seen."""
    path = paths("self", processes).get("")
    for mount, root, kind, _ in _mounts(processes):
        if kind == "cgroup2" and path is not None and Path(path).is_relative_to(root):
            own = Path(mount, Path(path).relative_to(root))
            if own.is_dir():
                return own, Path(mount)
    return None, None


def _mounts(processes: Path) -> list[tuple[str, str, str, str]]:
    """Return what is mounted: place, its root in the file system, kind of file system, and the kernel's options."""
    found = []
    with contextlib.suppress(OSError):
        for line in (processes / "self" / "mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            root, place = before.split()[3:5]
            kind, _, options = after.split()[:3]
            found.append((place.replace("\\040", " "), root, kind, options))
    return found


def _lacks_memory(base: Path, mount: Path, processes: Path) -> Standing | None:
    """Return why there is no accounting of memory in a group; None where there is."""
    if "memory" in controllers(base):
        return None
    if any(kind == "cgroup" and "memory" in options.split(",") for _, _, kind, options in _mounts(processes)):
        return Standing(None, why="memory is counted by control groups of version 1 here", remedy=_UNIFIED)
    if base == mount or "memory" not in controllers(mount):
        return Standing(
            None, why="the kernel counts no memory of control groups", remedy="boot with cgroup_enable=memory"
        )
    return Standing(None, why="its control group was not given the memory controller", remedy=_scope())


def controllers(group: Path) -> frozenset[str]:
    """Return the controllers that a group may hand down."""
    try:
        return frozenset((group / "cgroup.controllers").read_text().split())
    except OSError:
        return frozenset()


def _delegated(group: Path) -> bool:
    """Return whether systemd has handed a group over; what it keeps for itself it may change at any time."""
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(group, name) == b"1"
    user = ["--user"] if f"/user@{os.getuid()}.service/" in f"{group}/" else []
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # an older systemd marks none, but can be asked
        asked = ["systemctl", *user, "show", "--property=Delegate", "--value", "--", group.name]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS, check=False)
        return done.returncode == 0 and done.stdout.strip() == "yes"
    return False


def _scope() -> str:
    """Return the command that starts a search in a group of its own; empty where there is no systemd to ask."""
    if not shutil.which("systemd-run"):
        return ""
    if os.getuid() == 0:
        return f"systemd-run --{_SCOPE}" if Path("/run/systemd/system").is_dir() else ""
    bus = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "bus")
    return f"systemd-run --user --{_SCOPE}" if bus.exists() else ""
