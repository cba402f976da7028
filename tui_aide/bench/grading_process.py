"""Grading a cell in a process of its own: `python -m tui_aide.bench.grading_process RUN CELL`.

Private labels are in its memory only; no other process may look into that, and no script is its child.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from pathlib import Path

from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import TuiAideError

_PR_SET_DUMPABLE = 4
_LIMIT_SECONDS = 1800.0


async def grade_apart(run: RunFolder, cell: Cell) -> str:
    """Grade what a cell handed in, in another process; return why it could not be graded, empty where it was."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        __name__,
        str(run.path),
        cell.id,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the conductor's
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            _, errors = await process.communicate()
    except TimeoutError:
        return f"grading took more than {_LIMIT_SECONDS / 60:.0f} minutes"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return ""
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:500] if lines else f"the grading process ended with exit code {process.returncode}"


def main(words: list[str]) -> int:
    """Grade one cell; what goes wrong is the last line of standard error."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody reads the labels in /proc/PID/mem
    run = RunFolder(Path(words[0]))
    cell = next((c for c in run.cells if c.id == words[1]), None)
    try:
        if cell is None:
            raise TuiAideError(f"{run.path} has no cell {words[1]!r}")
        from tui_aide.bench.grading import grade_cell

        grade_cell(run, cell)
    except (TuiAideError, OSError, ImportError) as e:
        print(str(e), file=sys.stderr)  # noqa: T201 - this is its output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
