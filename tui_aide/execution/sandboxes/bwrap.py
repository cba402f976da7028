"""The sandbox of bubblewrap: namespaces, made by a program that systems trust where they trust no other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.execution.executor import Execution, Place
from tui_aide.execution.sandboxes.sandbox import Confined
from tui_aide.execution.sandboxes.specification import (
    INSIDE,
    ROOT_NAME,
    enter_command,
    in_memory,
    specification,
)

_NODES = ("null", "zero", "full", "random", "urandom", "tty")


class BubblewrapSandbox:
    """Shows scripts a root of their own, with no other processes and no network."""

    place = Place("bubblewrap")

    def __init__(self, program: Path, *, forks: bool = False) -> None:
        """Take the program, and whether forked processes may make namespaces without it."""
        self._program = program
        self._forks = forks

    def confine(
        self,
        execution: Execution,
        command: Sequence[str],
        environment: Mapping[str, str],
        readable: Sequence[Path],
        writable: Sequence[Path],
    ) -> Confined:
        """Return how to start a command below bubblewrap."""
        spec = specification("bwrap", execution, (*readable, INSIDE), writable)
        entering = enter_command({"mode": "bwrap", **{k: spec[k] for k in _INSIDE}}, command)
        files = {path: in_memory(text.encode()) for path, text in spec["files"].items()}
        arguments = in_memory(b"".join(os.fsencode(word) + b"\0" for word in _arguments(spec, files)))
        return msgspec.structs.replace(
            entering,
            command=[str(self._program), "--args", str(arguments), "--", *entering.command],
            descriptors=(*entering.descriptors, *files.values(), arguments),
            adds_128=True,
        )

    def specification(
        self, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]
    ) -> dict[str, Any] | None:
        """Return what `inside.confine` takes, for a process that is forked and not started; None where none may."""
        return specification("namespaces", execution, readable, writable) if self._forks else None


_INSIDE = ("folder", "network", "limits")


def _arguments(spec: Mapping[str, Any], files: Mapping[str, int]) -> list[str]:
    """Return bubblewrap's options, which it reads from a file, as its command line can be seen inside."""
    made = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    made += [] if spec["network"] else ["--unshare-net"]
    made += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    made += ["--uid", str(os.getuid() or ROOT_NAME), "--gid", str(os.getgid() or ROOT_NAME)]
    made += ["--perms", "1777", "--size", str(spec["tmp_bytes"]), "--tmpfs", "/tmp", "--dev", "/dev"]
    made += ["--perms", "1777", "--size", str(spec["shm_bytes"]), "--tmpfs", "/dev/shm"]
    for path, fd in files.items():
        made += ["--ro-bind-data", str(fd), path]
    for path, text in spec["links"]:
        made += ["--symlink", text, path]
    rights = {**dict.fromkeys(spec["readable"], "--ro-bind"), **dict.fromkeys(spec["writable"], "--bind")}
    for path in sorted(rights):  # an outer folder before what is mounted into it
        made += [rights[path], path, path]
    for path in spec["masked"]:
        made += ["--perms", "0555", "--tmpfs", path, "--remount-ro", path]
    for path in spec["devices"]:
        made += ["--dev-bind", path, path, "--remount-ro", path]
    made += ["--proc", "/proc"]
    # Permissions of devices and, for root, settings of the kernel could be changed where they are not read-only.
    for path in (*(f"/dev/{name}" for name in _NODES), "/dev", "/proc", "/"):
        made += ["--remount-ro", path]
    return [*made, "--chdir", spec["folder"]]
