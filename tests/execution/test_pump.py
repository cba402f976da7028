from __future__ import annotations

import asyncio
import os
import resource
import threading
import time
from pathlib import Path

import pytest

from tui_aide.errors import ExecutionError
from tui_aide.execution.pump import OutputPump
from tui_aide.execution.spool import read_marks


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_both_streams_reach_the_spool_at_once_and_stderr_is_marked(tmp_path: Path) -> None:
    output = tmp_path / "output.log"
    before, threads = descriptors(), threading.active_count()
    pump = OutputPump(output)
    began = time.monotonic()
    os.write(pump.stdout, b"out\n")
    while not output.read_bytes():
        await asyncio.sleep(0.001)
    assert time.monotonic() - began < 0.05
    os.write(pump.stderr, b"err\n")
    while pump.total < 8:
        await asyncio.sleep(0.001)
    os.write(pump.stdout, b"\xff\x00 no text\n")
    await pump.close()
    assert output.read_bytes() == b"out\nerr\n\xff\x00 no text\n"
    assert read_marks(output) == [(4, 8)]
    while threading.active_count() > threads:  # the thread's last step was to tell that it is done
        await asyncio.sleep(0.001)
    assert descriptors() == before


async def test_whoever_holds_a_pipe_is_not_waited_for_and_what_it_wrote_counts(tmp_path: Path) -> None:
    pump = OutputPump(tmp_path / "output.log")
    held = os.dup(pump.stdout)
    os.write(held, b"last words\n")
    began = time.monotonic()
    await pump.close(patience=0.2)
    assert 0.15 < time.monotonic() - began < 2
    with pytest.raises(BrokenPipeError):
        os.write(held, b"x")
    os.close(held)
    assert (tmp_path / "output.log").read_bytes() == b"last words\n"


async def test_a_flood_keeps_memory_and_file_small(tmp_path: Path) -> None:
    pump = OutputPump(tmp_path / "output.log", kept=100_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def flood() -> None:
        chunk = b"x" * 999 + b"\n"
        for _ in range(200):
            os.write(pump.stdout, chunk * 1000)

    await asyncio.to_thread(flood)
    await pump.close()
    assert pump.total == 200_000_000
    assert (tmp_path / "output.log").stat().st_size < 201_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


async def test_a_cancellation_is_kept_until_all_is_in_the_spool(tmp_path: Path) -> None:
    pump = OutputPump(tmp_path / "output.log")
    held = os.dup(pump.stdout)
    closing = asyncio.create_task(pump.close(patience=5))
    await asyncio.sleep(0.05)
    closing.cancel()
    await asyncio.sleep(0.05)
    assert not closing.done()
    os.write(held, b"late\n")
    os.close(held)
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert (tmp_path / "output.log").read_bytes() == b"late\n"


async def test_without_descriptors_the_error_is_typed_and_nothing_leaks(tmp_path: Path) -> None:
    before = descriptors()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    filler = [os.open(os.devnull, os.O_RDONLY) for _ in range(used + 1 - before)]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(filler, default=used) + 4, limits[1]))
        with pytest.raises(ExecutionError, match="no pipe"):
            OutputPump(tmp_path / "output.log")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for fd in filler:
            os.close(fd)
    assert descriptors() == before
