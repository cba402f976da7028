"""The kernel's files about control groups, read and written."""

from __future__ import annotations

import os
from pathlib import Path

PROCESSES = Path("/proc")


def paths(process: int | str, processes: Path = PROCESSES) -> dict[str, str]:
    """Return the path of a process's control group for each controller, that of version 2 for an empty name.

    Args:
        process: its number, or `self`.
        processes: where processes are.
    """
    try:
        lines = (processes / str(process) / "cgroup").read_text().splitlines()
    except OSError:
        return {}
    return {name: path for line in lines for _, names, path in [line.split(":", 2)] for name in names.split(",")}


def fields(path: Path) -> dict[str, int]:
    """Return what a file with a name and a number on each line holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file.
    """
    return {name: int(number) for name, number in (line.split() for line in path.read_text().splitlines())}


def write(path: Path, text: str) -> None:
    """Write to a file of the kernel's, in one piece; it is never made.

    Raises:
        OSError: there is no such file, or the kernel refuses.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
