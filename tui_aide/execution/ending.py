"""How a run ended, in words."""

from __future__ import annotations

import signal

from tui_aide.execution.executor import EndReason, Execution


def size(number: int) -> str:
    """Return a number of bytes as a person reads it: `4.1 GB`, `512 MB`."""
    value = number / 2**20
    return f"{value / 1024:.1f} GB" if value >= 1000 else f"{value:.0f} MB" if value >= 10 else f"{value:.1f} MB"


def seconds(number: float) -> str:
    """Return a time limit in words: `600 s`, `2.5 s`."""
    return f"{number:g} s"


def describe(
    reason: EndReason,
    returncode: int | None,
    execution: Execution,
    *,
    memory: int = 0,
    disk: int = 0,
    by_system: bool = False,
) -> str:
    """Return one line about the end of a run.

    Args:
        reason: what ended it.
        returncode: as `Outcome` has it.
        execution: what was run, for its limits.
        memory: bytes in use when it was killed for them.
        disk: bytes in its folder when it was killed for them.
        by_system: whether it was killed for memory since the machine had none left.
    """
    match reason:
        case "timeout":
            return f"killed after {seconds(execution.seconds)}"
        case "out_of_memory" if by_system:
            return f"killed with {size(memory)} of memory: the machine had none left"
        case "out_of_memory":
            return f"killed: {size(memory)} of {size(execution.memory or 0)} memory"
        case "output_limit":
            return f"killed: more than {size(execution.output_bytes)} of output"
        case "disk_full":
            if disk > execution.disk:
                return f"killed: {size(disk)} of {size(execution.disk)} in its folder"
            return "killed: more files in its folder than a disk should bear"
        case "process_limit":
            ended = "killed" if returncode in (None, -signal.SIGKILL) else "failed"
            return f"{ended}: more than {execution.processes} processes"
        case "killed":
            return "killed by you"
        case "cancelled":
            return "cancelled"
        case "lost":
            return "lost with what it ran in"
        case "exited":
            return _exit_words(returncode)


def _exit_words(returncode: int | None) -> str:
    if returncode is None:
        return "ended together with its supervisor; whatever it left was killed"
    if returncode >= 0:
        return f"exit code {returncode}"
    number = -returncode
    try:
        name = signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return f"killed by signal {number}"
    if name == "KILL":
        return "killed by signal KILL (not by tui_aide; the system may be out of memory)"
    return f"killed by signal {name} ({(signal.strsignal(number) or 'unknown').lower()})"
