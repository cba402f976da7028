"""What one script may do in its container, as the engine is told: folders, limits, user, environment, GPUs."""

from __future__ import annotations

import base64
import os
import resource
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_aide.execution.containers import first
from tui_aide.execution.containers.engine import EngineFacts
from tui_aide.execution.environment import HOOKS, script_environment
from tui_aide.execution.executor import Execution
from tui_aide.execution.sandboxes.masking import masked_in

NOBODY = 65534
_FILE_FLOOR = 2**31
_TEMPORARY = 2**30
_OPEN_FILES = 65_536
_PROCESSES = 16_384
_SHARES = 256
_PASSED = ("TZ",)
_MEANINGLESS = ("PATH", "PYTHONUSERBASE")
"""Variables whose values are paths of this machine: the image has its own."""


def user_of(folder: Path, facts: EngineFacts) -> tuple[int, int]:
    """Return user and group that a container runs as: the owner of its folder, so that its files stay theirs.

    For a folder of root's that is nobody, who must be lent the folder. Where the engine has no rights of its own,
    root in a container is the user who runs the engine, and all others are strangers to the folder.
    """
    if facts.rootless:
        return 0, 0
    status = folder.stat()
    return (status.st_uid, status.st_gid) if status.st_uid else (NOBODY, NOBODY)


def container_options(
    execution: Execution,
    facts: EngineFacts,
    *,
    python: str,
    labels: dict[str, str],
    mounts: Sequence[Path] = (),
    gpus: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how a script's container is made, in the words of the `docker` package: its config, and the host's part.

    Args:
        execution: the run.
        facts: the engine's.
        python: the image's interpreter.
        labels: what the container is to be found by.
        mounts: files and folders that it may read beside the run's own inputs.
        gpus: whether it gets the GPUs of the run.
    """
    from docker.types import DeviceRequest

    folder = execution.folder.resolve()
    user, group = user_of(folder, facts)
    numbers = execution.gpus.split(",") if gpus and execution.gpus else []
    temporary = min(_TEMPORARY, (execution.memory or 2 * _TEMPORARY) // 2)
    # Docker gives /tmp the mode that it has in the image, so the owner must do; Podman knows no owner, but the mode.
    owner = "" if facts.podman else f",uid={user},gid={group}"
    config = {
        "entrypoint": [python, "-I", "-S", "-c", Path(first.__file__).read_text()],
        "command": [base64.b64encode(_filter(facts)).decode(), python, execution.script],
        "working_dir": str(folder),
        "user": f"{user}:{group}",
        "environment": _environment(execution, len(numbers)),
        "labels": labels,
        "stdin_open": True,
        "healthcheck": {"test": ["NONE"]},
        "hostname": "container",
    }
    host = {
        "network_mode": "default" if execution.network else "none",
        "read_only": True,
        "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,size={temporary},mode=1777{owner}"},
        "shm_size": temporary,
        "mounts": _mounts(execution, folder, mounts),
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "userns_mode": "host" if facts.remapped else None,
        "ipc_mode": "private",
        "mem_limit": execution.memory,
        "memswap_limit": execution.memory,
        "pids_limit": execution.processes,
        "nano_cpus": 10**9 * min(execution.threads, facts.cores),
        "cpu_shares": _SHARES,
        "oom_score_adj": 500,
        "ulimits": _limits(execution, facts),
        "log_config": {"type": "none", "config": {}},
    }
    if numbers:
        host["device_requests"] = [DeviceRequest(driver="nvidia", device_ids=numbers, capabilities=[["gpu"]])]
    return config, host


def _limits(execution: Execution, facts: EngineFacts) -> list[Any]:
    """Return the limits of each process; Podman's own are more than it may set where it lacks rights."""
    from docker.types import Ulimit

    files = max(_FILE_FLOOR, execution.disk)
    limits = {"core": 0, "fsize": files, "nofile": _lowest(resource.RLIMIT_NOFILE, _OPEN_FILES)}
    if facts.podman:
        limits["nproc"] = _lowest(resource.RLIMIT_NPROC, _PROCESSES)
    return [Ulimit(name=name, soft=limit, hard=limit) for name, limit in limits.items()]


def _lowest(kind: int, limit: int) -> int:
    """Return a limit, or our own where that is lower."""
    hard = resource.getrlimit(kind)[1]
    return limit if hard == resource.RLIM_INFINITY else min(hard, limit)


def _filter(facts: EngineFacts) -> bytes:
    """Return the filter of system calls that a script is held to beside the engine's own: old ones let much by.

    Empty where the engine's processor may be another than this machine's.
    """
    from tui_aide.execution.inside.kernel import KNOWN, MACHINE
    from tui_aide.execution.inside.seccomp import program

    return program(None, alone=True) if KNOWN and facts.machine == MACHINE else b""


def _environment(execution: Execution, gpus: int) -> dict[str, str]:
    """Return the variables: those of every script, without what means something on this machine only."""
    variables = script_environment(
        Path("/tmp"),
        Path("/tmp"),
        execution.threads,
        "container",
        {name: os.environ[name] for name in _PASSED if name in os.environ},
        gpus=",".join(map(str, range(gpus))),  # a container counts its own
        gpu_fraction=execution.gpu_fraction,
    )
    for name in _MEANINGLESS:
        variables.pop(name)
    if not gpus:
        variables["NVIDIA_VISIBLE_DEVICES"] = "void"  # images of CUDA ask for all
    return variables | {"LANG": "C.UTF-8", "USER": "user", "LOGNAME": "user"}


def _mounts(execution: Execution, folder: Path, more: Sequence[Path]) -> list[Any]:
    """Return what of this machine is seen inside, each at its own path, so that links lead where they should."""
    from docker.types import Mount

    places = {p for place in (*execution.inputs, *more) for p in (Path(os.path.abspath(place)), place.resolve())}  # noqa: PTH100
    found = [Mount(str(folder), str(folder), type="bind")]
    found += [Mount(str(place), str(place), type="bind", read_only=True) for place in sorted({*places, HOOKS})]
    for path in masked_in(map(str, places)):
        found.append(Mount(path, None, type="tmpfs", read_only=True))
    return found
