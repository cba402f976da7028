"""Asking the process that does what would hold the screen up; see `sessions.apart`."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.apart import Request, Told

_SECONDS_TO_CLEAN_UP = 10.0


async def ask_apart(request: Request) -> AsyncGenerator[Told, None]:
    """Yield the answers to a request as they come. Whoever stops to listen ends the process.

    Raises:
        SessionError: the process could not be started, or died.
    """
    # Not asyncio's processes: these leave their pipes behind where the loop ends first, as when the app is left.
    process = _begin(msgspec.json.encode(request))
    assert process.stdout is not None
    try:
        while line := await asyncio.to_thread(process.stdout.readline):
            yield msgspec.json.decode(line, type=Told)
        code, error = await asyncio.to_thread(_end, process)
        if code:
            last = f": {error}" if error else ""
            raise SessionError(f"the process that looks things up ended with exit code {code}{last}")
    finally:
        if not process.stdout.closed:
            process.terminate()  # it cleans up what it has begun
            threading.Thread(target=_bury, args=(process,), daemon=True).start()


def _begin(request: bytes) -> subprocess.Popen[bytes]:
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui_aide.sessions.apart"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except OSError as e:
        raise SessionError(f"no process could be started: {e.strerror}") from e
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(request)
    return process


def _end(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Return the exit code of a process that has said all, and the last line of its errors."""
    assert process.stderr is not None
    lines = process.stderr.read().decode(errors="replace").strip().splitlines()
    code = process.wait()
    _close(process)
    return code, lines[-1][:300] if lines else ""


def _bury(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end, for a while."""
    try:
        process.wait(_SECONDS_TO_CLEAN_UP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
