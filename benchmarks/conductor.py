"""Runs a benchmark in a process group of its own, for no longer than it may take, and returns its rows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.registry import Benchmark
from benchmarks.result import Result

ROOT = Path(__file__).parent.parent


def conduct(benchmark: Benchmark, quick: bool, run: int, seconds: float | None = None) -> list[Result]:
    """Run a benchmark and return its rows; where it fails that is a row, too.

    Args:
        benchmark: which.
        quick: with less work.
        run: number of the run, for the rows.
        seconds: the most that it may take; by default its own limit.
    """
    limit = seconds if seconds is not None else benchmark.quick_seconds if quick else benchmark.seconds
    before, began = os.getloadavg()[0], time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        rows, failed = _apart(benchmark, quick, limit, Path(place) / "rows.json")
    took, after = time.monotonic() - began, os.getloadavg()[0]
    if failed:
        rows = [*rows, Result(what="", failed=failed)]
    return [
        msgspec.structs.replace(
            row, name=benchmark.name, quick=quick, load_before=before, load_after=after, seconds=took, run=run
        )
        for row in rows
    ]


def _apart(benchmark: Benchmark, quick: bool, limit: float, path: Path) -> tuple[list[Result], str]:
    """Return the rows, and why there are none or not all."""
    words = [sys.executable, "-m", "benchmarks", "one", benchmark.name, str(path), *(["--quick"] if quick else [])]
    log = path.with_name("errors")  # a file, since what outlives the benchmark would keep a pipe open
    with log.open("wb") as errors:
        process = subprocess.Popen(words, cwd=ROOT, stderr=errors, start_new_session=True)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return [], f"took longer than {limit:g} s"
        finally:
            _end(process)
    said = log.read_text(encoding="utf-8", errors="replace")
    sys.stderr.write(said)
    if process.returncode:
        lines = [line for line in said.splitlines() if line.strip()]
        return [], lines[-1][:300] if lines else f"ended with exit code {process.returncode}"
    rows = msgspec.json.decode(path.read_bytes(), type=list[Result])
    return rows, "" if rows else "gave no results"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a benchmark and what is left in its group: asked first, so that it can end what it started elsewhere."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
