"""Engine processes of vLLM whose server is dead: they keep the GPU's memory until somebody ends them.

vLLM titles its processes `VLLM::EngineCore`, `VLLM::Worker_TP0` and so on. When the server is killed outright, they are
handed to another parent and live on.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

import msgspec
import psutil

_PREFIX = "VLLM::"
_GONE = (psutil.Error, OSError)
_SECONDS = 10.0


class Orphan(msgspec.Struct, frozen=True):
    """An engine process without a server: process id, title, start (seconds since 1970), and resident bytes."""

    pid: int
    title: str
    started: float
    memory: int


def find_orphans() -> tuple[Orphan, ...]:
    """Return this user's engine processes whose server is dead, with the processes below them."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(*_GONE):
            title = _title(process)
            if title and process.uids().real == os.getuid() and _orphaned(process):
                memory = process.memory_info().rss
                found.append(Orphan(process.pid, title, process.create_time(), memory))
    return tuple(found)


def _title(process: psutil.Process) -> str:
    """Return what vLLM called the process; empty for any other."""
    if process.status() == psutil.STATUS_ZOMBIE:
        return ""
    words = process.cmdline()
    if words and words[0].startswith(_PREFIX):
        return words[0].strip()
    name = process.name()
    return name if name.startswith(_PREFIX) else ""


def _orphaned(process: psutil.Process) -> bool:
    """Return whether the topmost engine process above has lost its parent.

    A parent by birth runs the same program, an interpreter. After its death the parent is init or whatever else takes
    up orphans.
    """
    parent = process.parent()
    while parent is not None and _title(parent):
        if _title(parent).startswith(f"{_PREFIX}APIServer"):
            return False
        process, parent = parent, parent.parent()
    if parent is None:
        return True
    if parent.create_time() > process.create_time() + 1:
        return True
    try:
        if parent.pid == 1:
            return parent.exe() != process.exe() or "vllm" not in " ".join(parent.cmdline())
        return parent.exe() != process.exe()
    except psutil.AccessDenied:
        return True  # another user's, or the system's: no parent by birth


def describe(orphans: Sequence[Orphan]) -> str:
    """Return orphans in words, with their process ids."""
    return ", ".join(f"{o.title} (process {o.pid})" for o in orphans)


def kill_orphans(orphans: Sequence[Orphan]) -> tuple[Orphan, ...]:
    """Kill orphans and return those that are dead; a process id that is another process by now is left alone."""
    processes = []
    for orphan in orphans:
        with contextlib.suppress(*_GONE):
            process = psutil.Process(orphan.pid)
            if abs(process.create_time() - orphan.started) < 1:
                process.kill()
                processes.append(process)
    psutil.wait_procs(processes, timeout=_SECONDS)
    return tuple(o for o in orphans if not _lives(o))


def _lives(orphan: Orphan) -> bool:
    try:
        process = psutil.Process(orphan.pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - orphan.started) < 1
    except _GONE:
        return False
