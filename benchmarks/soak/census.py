"""What each process of a session holds at one moment, by its part in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import psutil

ROLES = ("runner", "scorer", "zygote", "viewer")


class Held(msgspec.Struct, frozen=True):
    """What one process held; `nodes` is how many the session had then, `age` the process's seconds.

    Attributes:
        memory: anonymous bytes, in memory or swapped out; those shared with forked children count, too, so that the
            figure of a process that forks does not jump with each child.
        tasks: of its event loop; None where it has none.
    """

    role: str
    pid: int
    age: float
    nodes: int
    memory: int
    descriptors: int
    threads: int
    children: int
    tasks: int | None = None


def anonymous(pid: int) -> int:
    """Return the anonymous memory of a process in bytes (proc(5): RssAnon, VmSwap)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return 1024 * sum(int(status.get(name, "0 kB").split()[0]) for name in ("RssAnon", "VmSwap"))


def role_of(command: Iterable[str]) -> str | None:
    """Return a process's part in the session, None for scripts and what surrounds them."""
    words = list(command)
    if "tui_aide.tasks.scoring_worker" in words:
        return "scorer"
    if "benchmarks.soak.counted" in words:
        return "viewer" if "attach" in words else "runner"
    if len(words) > 1 and words[1].endswith("warm/zygote.py"):
        return "zygote"
    return None


def parts(runner: int) -> dict[str, psutil.Process]:
    """Return the processes of a runner by their part: itself, and the oldest of each kind below it."""
    found: dict[str, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(runner)
        found["runner"] = root
        below = []
        for process in root.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                below.append((process.create_time(), process.pid, role_of(process.cmdline()), process))
        for _, _, role, process in sorted(below, key=lambda b: b[:2]):
            if role is not None:
                found.setdefault(role, process)
    return found


def look(role: str, process: psutil.Process, now: float, nodes: int, tasks: int | None = None) -> Held | None:
    """Return what a process holds, None when it has ended; `now` is in seconds since 1970."""
    try:
        return Held(
            role, process.pid, now - process.create_time(), nodes, anonymous(process.pid), process.num_fds(),
            process.num_threads(), len(process.children()), tasks,
        )  # fmt: skip
    except (psutil.Error, OSError):
        return None
