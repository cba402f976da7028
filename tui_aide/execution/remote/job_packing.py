"""Making of a run's folder what is sent to the node that will run it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution
from tui_aide.execution.remote.messages import Job, Link, pack
from tui_aide.execution.remote.parcels import Part, files_below, read_parts
from tui_aide.execution.remote.protocol import Connect

_MOST_SENT = 64_000_000


def packed_job(
    execution: Execution, settings: Connect, inputs: tuple[str, ...], cpus: float, limits: dict[str, int]
) -> bytes:
    """Return what a node needs to know of a run, with the files of its folder.

    Args:
        execution: the run.
        settings: how scripts run on this cluster.
        inputs: the hash of each of the run's input folders.
        cpus: what is reserved; the script starts no more threads.
        limits: bytes of memory that it may use, by the id of the node; elsewhere the run's own.

    Raises:
        ExecutionError: the folder holds too much.
        OSError: a file cannot be read.
    """
    folder = execution.folder
    found = files_below(folder)
    if sum(size for _, size in found) > _MOST_SENT:
        raise ExecutionError(f"{folder} holds more than 64 MB beside its inputs; that is not sent to a Ray cluster.")
    folders: list[str] = []
    links: list[Link] = []
    for root, below, names in os.walk(folder):
        for path in (Path(root, name) for name in (*below, *names)):
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                links += _links(path, relative, execution.inputs)
            elif path.is_dir():
                folders.append(relative)
    return pack(
        Job(
            execution=msgspec.structs.replace(execution, threads=max(1, int(min(execution.threads, cpus)))),
            files=tuple(_whole(folder, path) for path, _ in found),
            folders=tuple(folders),
            links=tuple(links),
            inputs=inputs,
            python=settings.python,
            sandbox=settings.sandbox,
            limits=limits,
        )
    )


def _whole(folder: Path, path: str) -> Part:
    return Part(path, b"".join(part.data for part in read_parts(folder, [path])), True)


def _links(path: Path, below: str, inputs: tuple[Path, ...]) -> list[Link]:
    """Return a link that leads into an input; links elsewhere would mean nothing on the node."""
    goal = path.resolve()
    for number, source in enumerate(inputs):
        with contextlib.suppress(ValueError):
            return [Link(below, number, goal.relative_to(source.resolve()).as_posix())]
    return []
