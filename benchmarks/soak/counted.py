"""A runner, or a viewer, that tells how many tasks its event loop has; all else is the real one.

python -m benchmarks.soak.counted SESSION_FOLDER [WORDS] is the runner, and with `attach SESSION` a viewer. At each
SIGUSR2 it writes the count to the file named after its process below `SOAK_COUNTS`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

PLACE = "SOAK_COUNTS"


def tell(number: int, frame: object) -> None:
    """Write the count, whole or not at all."""
    try:
        tasks = len(asyncio.all_tasks())
    except RuntimeError:  # there is no loop yet, or no more
        return
    path = Path(os.environ[PLACE], str(os.getpid()))
    path.with_suffix(".new").write_text(str(tasks))
    path.with_suffix(".new").replace(path)


def count(place: Path, pid: int, seconds: float = 2.0) -> int | None:
    """Ask a process for its tasks; None when it does not answer in time."""
    path = place / str(pid)
    path.unlink(missing_ok=True)
    try:
        os.kill(pid, signal.SIGUSR2)
    except ProcessLookupError:
        return None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists():
            return int(path.read_text())
        time.sleep(0.01)
    return None


def main(words: list[str]) -> int:
    """Run either."""
    signal.signal(signal.SIGUSR2, tell)
    if words[0] == "attach":
        from tui_aide import cli

        return cli.main(words)
    from tui_aide.sessions import runner

    return runner.main(words)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
