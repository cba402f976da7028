"""The interface of executors: run one script in one folder under limits. Data and protocol only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from tui_aide.execution.interpreter import Interpreter

EndReason = Literal[
    "exited", "timeout", "out_of_memory", "output_limit", "disk_full", "process_limit", "killed", "cancelled", "lost"
]  # fmt: skip


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a script.

    Attributes:
        folder: the work folder, the script's current directory; it exists and holds `solution.py`. With what lies
            below it, it is all that the script may write to.
        script: name of the script in `folder`.
        output: file that stdout and stderr are spooled to as they come, appended; `spool.marks_of` tells stderr's part.
        inputs: folders that the script may read beside its own and its interpreter's; links in `folder` lead there.
        seconds: wall-clock limit; then the whole process group is killed.
        memory: limit in bytes on the resident memory of the whole process group; None is no limit.
        threads: CPU threads that numeric libraries may start.
        processes: processes that the script may have at once; in a sandbox with namespaces its threads count, too.
        output_bytes: the group is killed when it writes more than this; of less, the spool keeps head and tail.
        disk: bytes that `folder` may come to hold.
        network: whether the script may use the network.
        gpus: numbers of the GPUs that the script may see, such as `0,1`; empty for none, None for those that we see.
        gpu_fraction: share of these GPUs' memory that it should keep to, 0..1; None is no limit. A cap for libraries
            that take one from their environment, not for the others.
    """

    folder: Path
    script: str = "solution.py"
    output: Path
    inputs: tuple[Path, ...] = ()
    seconds: float
    memory: int | None = None
    threads: int = 1
    processes: int = 512
    output_bytes: int = 10**9
    disk: int = 10 * 2**30
    network: bool = False
    gpus: str | None = None
    gpu_fraction: float | None = None


class Usage(msgspec.Struct, frozen=True):
    """What a running script uses now: seconds since its start, resident bytes and CPU seconds of its group.

    `output` and `disk` are the bytes that it has printed, and that its folder held when last looked at; `gpu_memory`
    those that the group held of the GPUs when last asked, a few seconds ago; 0 where nothing tells.
    """

    seconds: float
    memory: int
    cpu_seconds: float
    output: int = 0
    disk: int = 0
    gpu_memory: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended.

    Attributes:
        reason: `exited` by itself; `killed` by the user; `cancelled` with the search; `lost` with the machine or the
            process that it ran in, through no fault of its own: it may be run again.
        returncode: negative for a signal, None where it was never seen.
        peak_memory: in bytes, of the whole group.
        message: one line on it.
        output: bytes that it printed.
        disk: the most bytes that its folder was seen to hold.
        gpu_memory: the most bytes that it was seen to hold of the GPUs; 0 where nothing tells.
    """

    reason: EndReason
    returncode: int | None
    seconds: float
    cpu_seconds: float
    peak_memory: int
    message: str
    output: int = 0
    disk: int = 0
    gpu_memory: int = 0


class Place(msgspec.Struct, frozen=True):
    """Where an executor runs scripts, as users are told: in a few words, and what they should be warned of, if any.

    `remedy` is the one step to a stronger place.
    """

    words: str
    warning: str = ""
    remedy: str = ""


class Executor(Protocol):
    """Runs scripts. Cancelling `run` kills the script's whole group before it raises."""

    @property
    def place(self) -> Place:
        """Where scripts run; known after `start`."""
        ...

    async def start(self) -> None:
        """Get ready, so that the first script need not wait; needs not be called.

        Raises:
            ExecutionError: nothing can be run, such as for want of a daemon.
        """
        ...

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run one script to its end.

        Raises:
            ExecutionError: it could not be started.
        """
        ...

    def kill(self, execution: Execution) -> None:
        """Have a run that was started with this very object end as `killed`; nothing happens where none is."""
        ...

    async def aclose(self) -> None:
        """Kill whatever still runs."""
        ...


class TellingExecutor(Executor, Protocol):
    """An executor that tells which Python its scripts have."""

    async def interpreter(self) -> Interpreter:
        """Return the scripts' Python, as it tells of itself where scripts run.

        Raises:
            ExecutionError: there is none, or it does not answer; or nothing can be run.
        """
        ...
