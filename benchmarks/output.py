"""What a script's output costs: paced and at full speed, against a bare reader of the same pipe in the same run.

Run: python -m benchmarks.output [--seconds N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result, compared, measured
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor

PACED = """\
import os, time
line = b"x" * 99 + b"\\n"
part = line * 10_000
end = time.monotonic() + {seconds}
due = time.monotonic()
while time.monotonic() < end:
    left = memoryview(part)
    while left:
        left = left[os.write(1, left):]
    due += len(part) / 100e6
    time.sleep(max(0.0, due - time.monotonic()))
"""
FULL = """\
import os
part = (b"x" * 99 + b"\\n") * 10_000
for _ in range({megabytes}):
    left = memoryview(part)
    while left:
        left = left[os.write(1, left):]
"""
PROMPT = """\
import os, time
for _ in range(20):
    time.sleep(0.1)
    os.write(1, b"%.6f\\n" % time.time())
"""


def laid_out(folder: Path, script: str) -> Execution:
    """Return the run of a script in a fresh folder."""
    folder.mkdir()
    (folder / "solution.py").write_text(script)
    return Execution(folder=folder, output=folder.parent / f"{folder.name}.log", seconds=300, output_bytes=10**11)


async def paced(folder: Path, seconds: float) -> Result:
    """Print and return what 100 MB/s cost this process."""
    executor = LocalExecutor()
    await executor.start()
    execution = laid_out(folder, PACED.format(seconds=seconds))
    before, cpu, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time(), time.monotonic()
    outcome = await executor.run(execution)
    share = (time.process_time() - cpu) / (time.monotonic() - began)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rate = outcome.output / outcome.seconds / 1e6
    kept = execution.output.stat().st_size / 1e6
    print(f"paced: {rate:.0f} MB/s, {share:.1%} of one core (limit 25 %), {grown:.1f} MiB more, {kept:.1f} MB kept")
    remark = f"{rate:.0f} MB/s came, {grown:.1f} MiB more memory"
    return measured(
        "the runner's CPU at 100 MB/s of output, share of a core", [100 * share], "%", limit=25, remark=remark
    )


def read_bare(folder: Path) -> float:
    """Return the seconds in which a reader that keeps nothing takes in the output."""
    began = time.monotonic()
    with subprocess.Popen([sys.executable, "solution.py"], cwd=folder, stdout=subprocess.PIPE, bufsize=0) as bare:
        assert bare.stdout is not None
        while os.read(bare.stdout.fileno(), 1 << 18):
            pass
    return time.monotonic() - began


async def full(folder: Path, megabytes: int) -> Result:
    """Print and return how fast a flood is taken in, against a bare reader."""
    executor = LocalExecutor()
    execution = laid_out(folder, FULL.format(megabytes=megabytes))
    outcome = await executor.run(execution)
    ours = outcome.output / outcome.seconds / 1e6
    theirs = megabytes / read_bare(folder)
    print(f"full speed: {ours:.0f} MB/s into the spool, {theirs:.0f} MB/s into nothing by a bare reader")
    return compared(
        "output at full speed, into the spool", [ours], [theirs], "MB/s", "a bare reader that keeps nothing"
    )


async def first_byte(folder: Path) -> Result:
    """Print and return how long a line takes from the script to the file that screens read."""
    execution = laid_out(folder, PROMPT)
    run = asyncio.create_task(LocalExecutor().run(execution))
    seen, late = 0, []
    while not run.done():
        await asyncio.sleep(0.001)
        data = execution.output.read_bytes() if execution.output.exists() else b""
        lines = data.splitlines()
        late += [time.time() - float(line) for line in lines[seen:]]
        seen = len(lines)
    await run
    print(
        f"a line is in the spool after {statistics.median(late) * 1e3:.1f} ms, at most {max(late) * 1e3:.1f} (limit 50)"
    )
    return measured("a line, from the script to the file that screens read", [s * 1e3 for s in late], "ms", limit=50)


def measure(seconds: float, megabytes: int) -> list[Result]:
    """Measure and print all three."""
    with tempfile.TemporaryDirectory() as place:
        return [
            asyncio.run(paced(Path(place) / "paced", seconds)),
            asyncio.run(full(Path(place) / "full", megabytes)),
            asyncio.run(first_byte(Path(place) / "first")),
        ]


def results(quick: bool) -> list[Result]:
    """Measure for a moment or for the usual time."""
    return measure(2, 500) if quick else measure(10, 2000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    measure(parser.parse_args().seconds, 2000)


if __name__ == "__main__":
    main()
