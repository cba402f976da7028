"""Asking the process that does what would hold the screen up; see `sessions.apart`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.apart import Request, Told

_LINE_BYTES = 1 << 24


async def ask_apart(request: Request) -> AsyncGenerator[Told, None]:
    """Yield the answers to a request as they come. Whoever stops to listen ends the process.

    Raises:
        SessionError: the process could not be started, or died.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "tui_aide.sessions.apart",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES, start_new_session=True,
        )  # fmt: skip
    except OSError as e:
        raise SessionError(f"no process could be started: {e.strerror}") from e
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(msgspec.json.encode(request))
            await process.stdin.drain()
        process.stdin.close()
        while line := await process.stdout.readline():
            yield msgspec.json.decode(line, type=Told)
        errors = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        if code := await process.wait():
            last = f": {errors[-1][:300]}" if errors else ""
            raise SessionError(f"the process that looks things up ended with exit code {code}{last}")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()  # it cleans up what it has begun
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
