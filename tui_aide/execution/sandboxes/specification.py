"""What `inside.confine` is told: a run's view and limits as plain data."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution
from tui_aide.execution.inside import enter
from tui_aide.execution.sandboxes.masking import around, masked_in
from tui_aide.execution.sandboxes.sandbox import Confined
from tui_aide.execution.sandboxes.view import view_of

_TMP_BYTES = 256 << 20
_SHM_BYTES = 1 << 30
_OPEN_FILES = 65_536
_OWN_PROCESSES = {"namespaces": 2, "bwrap": 1}
"""What a sandbox itself runs that counts as the script's. With Landlock, all that the user runs would count."""
ROOT_NAME = 1000
"""User and group number that root has inside."""
INSIDE = Path(enter.__file__).parent


def specification(
    mode: str, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]
) -> dict[str, Any]:
    """Return what `inside.confine.confine` takes.

    Args:
        mode: one of its modes.
        execution: the run.
        readable: where the interpreter and its packages lie.
        writable: folders that the run may write to beside its own.

    Raises:
        ExecutionError: a place cannot be shown.
    """
    view = view_of(execution, readable, writable)
    masked = masked_in(view.readable)
    shown, listed = around(view.readable, masked) if mode == "landlock" else (list(view.readable), [])
    share = execution.memory // 2 if execution.memory else _SHM_BYTES
    limits = {"core": 0, "nofile": _OPEN_FILES}
    if mode in _OWN_PROCESSES:
        limits["nproc"] = execution.processes + _OWN_PROCESSES[mode]
    return {
        "mode": mode,
        "folder": view.folder,
        "readable": shown + (_OF_LANDLOCK if mode == "landlock" else []),
        "listed": listed,
        "masked": masked,
        "writable": list(view.writable) + (["/dev/shm"] if mode == "landlock" else []),
        "links": [list(link) for link in view.links],
        "files": account(),
        "devices": list(view.devices) + (_DEVICES if mode == "landlock" else []),
        "network": execution.network,
        "tmp_bytes": min(_TMP_BYTES, share),
        "shm_bytes": share,
        "limits": limits,
    }


_OF_LANDLOCK = ["/proc", "/sys", "/etc/passwd", "/etc/group"]
"""What is the script's own in a sandbox with namespaces. Whose environment it is in /proc is checked by Landlock."""
_DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]


def account() -> dict[str, str]:
    """Return files that give the user a name, and no other."""
    uid, gid = os.getuid() or ROOT_NAME, os.getgid() or ROOT_NAME
    return {
        "/etc/passwd": f"script:x:{uid}:{gid}:script:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "/etc/group": f"script:x:{gid}:\nnogroup:x:65534:\n",
    }


def enter_command(spec: dict[str, Any], command: Sequence[str]) -> Confined:
    """Return how to start a command in the sandbox of a specification, by the command's own interpreter.

    Raises:
        ExecutionError: there are too many open files.
    """
    fd = in_memory(json.dumps(spec).encode())  # of paths that are no UTF-8, too
    try:
        heard, told = os.pipe()
    except OSError as error:
        os.close(fd)
        raise ExecutionError(f"no pipe to a sandbox: {error.strerror}.") from error
    return Confined(enter.command(command[0], fd, told, command), (fd, told), heard)


def in_memory(content: bytes) -> int:
    """Return a descriptor of a file in memory, to be read from its begin.

    Raises:
        ExecutionError: there are too many open files.
    """
    try:
        fd = os.memfd_create("tui_aide")
    except OSError as error:
        raise ExecutionError(f"no file in memory for a sandbox: {error.strerror}.") from error
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
