"""The verdict of a run that did not end well, in words that a model can mend it by."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

from tui_aide.engine.strategies.strategy import Result
from tui_aide.errors import SessionError
from tui_aide.execution.executor import Outcome
from tui_aide.tree.node import Verdict

_LEAST_FREE = 1_000_000

_ENDINGS: dict[str, Verdict] = {
    "timeout": "timeout",
    "out_of_memory": "out_of_memory",
    "output_limit": "output_limit",
    "disk_full": "disk_full",
    "process_limit": "crash",
    "killed": "killed",
    "lost": "crash",
}


def failure_of(outcome: Outcome, tail: str, *, cut: bool) -> Result | None:
    """Return the verdict of a run that did not end well, or None; `cut` says that the budget shortened its limit."""
    if outcome.reason == "timeout" and cut:
        return Result("cancelled", "the budget of execution time ended")
    if outcome.reason == "cancelled":
        return Result("cancelled", outcome.message)
    if outcome.reason in _ENDINGS:
        return Result(_ENDINGS[outcome.reason], outcome.message + _used(outcome))
    if outcome.returncode == 0:
        return None
    error = last_error(tail)
    if error.startswith("MemoryError"):
        return Result("out_of_memory", error)
    if error.startswith("OSError") and any(os.strerror(n) in error for n in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)):
        return Result("disk_full", error)
    killed = outcome.returncode is not None and outcome.returncode < 0
    return Result("crash", error or outcome.message + (_used(outcome) if killed else ""))


def _used(outcome: Outcome) -> str:
    """Return what a run had used when it was ended, behind a colon: failures of one kind are told by what is before."""
    if outcome.reason in ("out_of_memory", "lost") or not (outcome.peak_memory or outcome.cpu_seconds):
        return ""
    peak = outcome.peak_memory
    memory = f"peak {peak / 1e9:.2f} GB of memory, " if peak >= 1e9 else f"peak {peak / 1e6:.0f} MB of memory, "
    return f": {memory if peak else ''}{outcome.cpu_seconds:.1f} s of CPU in {outcome.seconds:.1f} s"


def check_room(folder: Path, failed: Result) -> None:
    """Raise where the disk is at fault: it is full, though what the script itself wrote is gone by now."""
    full = failed.verdict == "disk_full" and os.strerror(errno.ENOSPC) in failed.message
    if full and shutil.disk_usage(folder).free < _LEAST_FREE:
        raise SessionError(f"{folder}: {os.strerror(errno.ENOSPC)}; free some space, then resume")


_ERROR = re.compile(r"^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Iteration)\b.*$", re.MULTILINE)


def last_error(output: str) -> str:
    """Return the line of a traceback that names the error, or an empty string if there is no traceback."""
    start = output.rfind("Traceback (most recent call last)")
    if start < 0:
        return ""
    found = _ERROR.findall(output, start)
    return found[-1][:300] if found else ""
