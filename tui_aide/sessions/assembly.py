"""Putting a search together from its config: which policy, strategy and executor stand behind the names."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import psutil

from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import UsageError, nearest
from tui_aide.execution.executor import TellingExecutor
from tui_aide.installing import install_command
from tui_aide.sessions.config import SearchSettings

EXECUTORS = ("local", "docker", "ray")


def check_names(policy: str, strategy: str, executor: str) -> None:
    """Raise `UsageError` for a name that nothing stands behind, before any work is done."""
    make_policy(policy)
    make_strategy(strategy)
    if executor not in EXECUTORS:
        raise UsageError(f"--executor {executor!r} is not one of {', '.join(EXECUTORS)}.{nearest(executor, EXECUTORS)}")
    if executor == "docker" and importlib.util.find_spec("docker") is None:
        raise UsageError(f"--executor docker needs the package docker: {install_command('docker')}")
    if executor == "ray" and importlib.util.find_spec("ray") is None:
        raise UsageError(f"--executor ray needs the package ray: {install_command('ray')}")


def make_executor(search: SearchSettings, session: str = "") -> TellingExecutor:
    """Return the executor that the settings name.

    Args:
        search: the settings.
        session: its id, which containers are labelled with.

    Raises:
        UsageError: there is none of that name.
        ExecutionError: the sandbox that they name does not work here.
    """
    check_names(search.policy, search.strategy, search.executor)
    if search.executor == "docker":
        from tui_aide.execution.docker_executor import DockerExecutor

        return DockerExecutor(
            search.image,
            python=search.python or "python3",
            mounts=[Path(place) for place in search.mounts],
            gpus=search.gpu != "separate",
            session=session,
        )
    if search.executor == "ray":
        from tui_aide.execution.ray_executor import RayExecutor, ray_address

        return RayExecutor(
            ray_address(search.ray_address),
            python=search.python,
            sandbox=search.sandbox,
            gpus=search.ray_gpus,
            reserve_memory=search.memory is not None,
        )
    from tui_aide.execution.local import LocalExecutor
    from tui_aide.execution.sandboxes.choosing import choose

    python = Path(search.python) if search.python else None
    return LocalExecutor(python, choose(search.sandbox, python), warm_threads=threads_for(search.slots))


def cores() -> int:
    """Return how many CPU cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def default_slots() -> int:
    """Return how many scripts run at once unless the user says otherwise: one for two cores, at most four."""
    return max(1, min(4, cores() // 2))


def threads_for(slots: int) -> int:
    """Return the CPU threads of each script when `slots` run at once."""
    return max(1, cores() // slots)


def default_memory(slots: int) -> int:
    """Return the bytes of memory one script may use: its share of four fifths of the machine's."""
    return int(psutil.virtual_memory().total * 0.8 / slots)
