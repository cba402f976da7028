"""A run's conductor in the background: begun, stopped, and asked for a report."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import holder_of, is_conducted
from tui_aide.errors import SessionError
from tui_aide.sessions.detached import Detached

_PATIENCE = 60.0
_REPORT_SECONDS = 1800.0
_PROGRAM = (sys.executable, "-P", "-m", "tui_aide", "bench")
_SAID = "tui-aide: "
"""What the program's errors begin with."""


def launch(run: RunFolder, *, retry_failed: bool = False) -> None:
    """Start a conductor on a run, as `tui-aide bench resume` would, and wait until it works.

    Args:
        run: its folder.
        retry_failed: whether failed cells are tried again.

    Raises:
        SessionError: this is no run, it is conducted already, or the conductor ended at once; the message is its own.
        UsageError: its suite cannot be used.
    """
    _ = RunFolder(run.path).suite  # read anew: a conductor that dies of it has held the lock for a moment
    if is_conducted(run):
        raise SessionError(f"run {run.name} is being run already; see it with: tui-aide bench attach {run.name}")
    command = [*_PROGRAM, "resume", str(run.path), "--headless", *(["--retry-failed"] if retry_failed else [])]
    conductor = Detached(command, run.path, run.conductor_log)
    try:
        code = conductor.wait_until(lambda: _conducts(run, conductor.pid), _PATIENCE)
    except TimeoutError:
        raise SessionError(f"no conductor began within {_PATIENCE:.0f} s; see {run.conductor_log}") from None
    if code is not None and (why := _error_in(conductor.words())):  # without an error little was left to do
        raise SessionError(why)


def stop(run: RunFolder) -> None:
    """Ask a run's conductor to stop its searches cleanly; asked once more, it ends them at once.

    Raises:
        SessionError: nobody conducts the run, or a process on another machine does.
    """
    holder = holder_of(run)
    if holder is None:
        raise SessionError(f"run {run.name} is not being run")
    if holder.host != platform.node():
        raise SessionError(f"run {run.name} is being run on {holder.host}: stop it there")
    try:
        os.kill(holder.pid, signal.SIGTERM)
    except ProcessLookupError as e:
        raise SessionError(f"run {run.name} is not being run") from e
    except PermissionError as e:
        raise SessionError(f"run {run.name} is being run by another user (process {holder.pid})") from e


def write_report(run: RunFolder, format: str) -> Path:
    """Write a run's report beside its sessions, in a process of its own; return the file. Takes seconds.

    Raises:
        SessionError: it could not be written; the message is the report's own.
    """
    path = run.path / f"report.{format}"
    command = [*_PROGRAM, "report", str(run.path), "--format", format, "--output", str(path)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_REPORT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as e:
        raise SessionError(f"the report took more than {_REPORT_SECONDS / 60:.0f} minutes") from e
    if done.returncode:
        why = _error_in(done.stderr.splitlines()) or f"it ended with exit code {done.returncode}"
        raise SessionError(f"no report of {run.name}: {why}")
    return path


def _conducts(run: RunFolder, pid: int) -> bool:
    """Whether a process conducts a run; where the lock file does not tell who does, it is believed to."""
    holder = holder_of(run)
    return holder.pid == pid if holder is not None else is_conducted(run)


def _error_in(lines: list[str]) -> str:
    """Return the error that the program ended with; empty for none."""
    lines = [line for line in lines if line.strip()]
    if lines and lines[-1].startswith(_SAID):
        return lines[-1].removeprefix(_SAID)
    traceback = any(line.startswith("Traceback (most recent call last)") for line in lines)
    return lines[-1] if traceback else ""
