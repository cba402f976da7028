"""The interface of sandboxes: how a command is started so that it can do no harm. Data and protocol only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from tui_aide.execution.executor import Execution, Place


class Confined(msgspec.Struct, frozen=True):
    """A command inside a sandbox, as the launcher is to execute it.

    Attributes:
        command: the program, by its whole path, and its arguments.
        descriptors: files that it must inherit; whoever starts it closes them then.
    """

    command: list[str]
    descriptors: tuple[int, ...] = ()


class Sandbox(Protocol):
    """Confines scripts; made once a session, after it was seen to work here."""

    @property
    def place(self) -> Place:
        """What users are told of it."""
        ...

    def confine(
        self,
        execution: Execution,
        command: Sequence[str],
        environment: Mapping[str, str],
        readable: Sequence[Path],
        writable: Sequence[Path],
    ) -> Confined:
        """Return how to start a command.

        Args:
            execution: the run and its limits.
            command: what is to run inside, in the run's folder.
            environment: the variables that it will get; they are the launcher's, too, and hold no secrets.
            readable: where the interpreter and its packages lie, beside the run's own inputs.
            writable: folders that it may write to beside the run's own.

        Raises:
            ExecutionError: this run cannot be confined.
        """
        ...
