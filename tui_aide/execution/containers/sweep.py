"""Labels that tell whose a container is, and the removal of those whose runner is dead."""

from __future__ import annotations

import os
import sys

import psutil

from tui_aide.execution.containers.engine import Engine

SESSION = "tui-aide.session"
_PID = "tui-aide.pid"
_BEGAN = "tui-aide.began"
_OWNER = "tui-aide.executor"
_SPACE = "tui-aide.pid-namespace"
_SLACK = 2.0
"""Seconds by which the start of one process may be told differently."""


def labels(session: str, owner: str) -> dict[str, str]:
    """Return the labels of a container that an executor, `owner`, of this process makes."""
    return {SESSION: session, _OWNER: owner, _PID: str(os.getpid()), _BEGAN: f"{_began(os.getpid())}", _SPACE: _space()}


def sweep(engine: Engine, owner: str = "") -> int:
    """Remove the containers of dead runners and those of an executor, `owner`, that has ended; return how many.

    A runner in another container is not ours to judge: its process ids are others.

    Raises:
        ExecutionError: the engine does not answer.
    """
    removed = 0
    for container, told in engine.labelled(_PID).items():
        if told.get(_OWNER) == owner or (told.get(_SPACE) == _space() and _is_over(told)):
            engine.remove(container)
            removed += 1
    return removed


def _is_over(told: dict[str, str]) -> bool:
    try:
        pid, began = int(told[_PID]), float(told[_BEGAN])
    except (KeyError, ValueError):
        return False
    return abs(_began(pid) - began) > _SLACK


def _began(pid: int) -> float:
    """Return when a process began, in seconds since the epoch; 0 where there is none."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _space() -> str:
    return os.readlink("/proc/self/ns/pid") if sys.platform == "linux" else ""  # noqa: PTH115
