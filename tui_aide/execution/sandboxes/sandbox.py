"""The interface of sandboxes: how a command is started so that it can do no harm. Data and protocol only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tui_aide.execution.executor import Execution, Place


class Confined(msgspec.Struct, frozen=True):
    """A command inside a sandbox, as the launcher is to execute it.

    Attributes:
        command: the program, by its whole path, and its arguments.
        descriptors: files that it must inherit; whoever starts it closes them then.
        entered: reading end of a pipe that gets `inside.enter.ENTERED` when the command begins, else maybe an error;
            whoever starts it reads and closes it in the end. None where nothing can go wrong before.
        adds_128: whether it tells an end by signal N as exit code 128 + N.
    """

    command: list[str]
    descriptors: tuple[int, ...] = ()
    entered: int | None = None
    adds_128: bool = False


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

    def specification(
        self, execution: Execution, readable: Sequence[Path], writable: Sequence[Path]
    ) -> dict[str, Any] | None:
        """Return what `inside.confine` takes, so that a forked process is confined as `confine` does a started one.

        None where that cannot be had: such a run is started anew. The arguments and errors are those of `confine`.
        """
        ...
