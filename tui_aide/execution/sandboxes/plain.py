"""No sandbox: a script is a process of the user's own, within limits but with the user's files and network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_aide.execution.executor import Execution, Place
from tui_aide.execution.sandboxes.sandbox import Confined


class NoSandbox:
    """Starts scripts as they are."""

    def __init__(self, why: str = "", remedy: str = "") -> None:
        """Say why there is no sandbox, and how to get one; empty where the user wanted none."""
        warning = "scripts can read your files and use the network"
        self.place = Place("no sandbox", f"{warning}: {why}" if why else warning, remedy)

    def confine(
        self,
        execution: Execution,
        command: Sequence[str],
        environment: Mapping[str, str],
        readable: Sequence[Path],
        writable: Sequence[Path],
    ) -> Confined:
        """Return the command itself."""
        return Confined(list(command))

    def specification(self, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]) -> dict[str, Any]:
        """Return what `inside.confine` takes, for a process that is forked and not started: limits only."""
        return {"mode": "none", "folder": str(execution.folder.absolute())}
