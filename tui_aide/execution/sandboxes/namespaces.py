"""The sandbox of namespaces, made by this project's own code where the kernel lets users make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_aide.execution.executor import Execution, Place
from tui_aide.execution.sandboxes.sandbox import Confined
from tui_aide.execution.sandboxes.specification import enter_command, specification


class NamespacesSandbox:
    """Shows scripts a root of their own, with no other processes and no network."""

    place = Place("namespaces")

    def confine(
        self,
        execution: Execution,
        command: Sequence[str],
        environment: Mapping[str, str],
        readable: Sequence[Path],
        writable: Sequence[Path],
    ) -> Confined:
        """Return how to start a command in namespaces of its own."""
        return enter_command(self.specification(execution, readable, writable), command)

    def specification(self, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]) -> dict[str, Any]:
        """Return what `inside.confine` takes, for a process that is forked and not started."""
        return specification("namespaces", execution, readable, writable)
