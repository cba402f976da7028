"""The sandbox of Landlock and a filter of system calls, for kernels that let users make no namespaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_aide.execution.executor import Execution, Place
from tui_aide.execution.inside import landlock
from tui_aide.execution.sandboxes.sandbox import Confined
from tui_aide.execution.sandboxes.specification import enter_command, specification

_ABI_SIGNALS = 6


class LandlockSandbox:
    """Refuses scripts every file but their own, the network and unix sockets; they see that other processes run."""

    def __init__(self, why: str = "", remedy: str = "") -> None:
        """Say why it is not a stronger sandbox, and how to get one; empty where the user wanted this one."""
        weak = "scripts share the process list and /dev/shm"
        if landlock.abi() < _ABI_SIGNALS:
            weak += " and can signal your processes"
        self.place = Place("Landlock", f"{weak}: {why}" if why else weak, remedy)

    def confine(
        self,
        execution: Execution,
        command: Sequence[str],
        environment: Mapping[str, str],
        readable: Sequence[Path],
        writable: Sequence[Path],
    ) -> Confined:
        """Return how to start a command under Landlock."""
        return enter_command(self.specification(execution, readable, writable), command)

    def specification(self, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]) -> dict[str, Any]:
        """Return what `inside.confine` takes, for a process that is forked and not started."""
        return specification("landlock", execution, readable, writable)
