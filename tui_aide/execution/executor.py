"""The interface of executors: run one script in one folder under limits. Data and protocol only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec

EndReason = Literal["exited", "timeout", "out_of_memory", "output_limit", "cancelled"]


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a script.

    Attributes:
        folder: the work folder, the script's current directory; it exists and holds `solution.py`.
        script: name of the script in `folder`.
        output: file that stdout and stderr are spooled to as they come, appended.
        seconds: wall-clock limit; then the whole process group is killed.
        memory: limit in bytes on the resident memory of the whole process group; None is no limit.
        threads: CPU threads that numeric libraries may start.
        output_bytes: the group is killed when it writes more than this.
        gpus: numbers of the GPUs that the script may see, such as `0,1`; empty for none, None for those that we see.
        gpu_fraction: share of these GPUs' memory that it should keep to, 0..1; None is no limit. A cap for libraries
            that take one from their environment, not for the others.
    """

    folder: Path
    script: str = "solution.py"
    output: Path
    seconds: float
    memory: int | None = None
    threads: int = 1
    output_bytes: int = 50_000_000
    gpus: str | None = None
    gpu_fraction: float | None = None


class Usage(msgspec.Struct, frozen=True):
    """What a running script uses now: seconds since its start, resident bytes and CPU seconds of its group."""

    seconds: float
    memory: int
    cpu_seconds: float


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended. `returncode` is negative for a signal, None where it was never seen; memory in bytes."""

    reason: EndReason
    returncode: int | None
    seconds: float
    cpu_seconds: float
    peak_memory: int
    message: str


class Executor(Protocol):
    """Runs scripts. Cancelling `run` kills the script's whole group before it raises."""

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run one script to its end.

        Raises:
            ExecutionError: it could not be started.
        """
        ...

    async def aclose(self) -> None:
        """Kill whatever still runs."""
        ...
