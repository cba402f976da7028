"""A script that leaves a daemon behind, and how to see whether a process is dead."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

DAEMON = """
    import os, pathlib, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            pathlib.Path("daemon.pid.new").write_text(str(os.getpid()))
            os.rename("daemon.pid.new", "daemon.pid")
            time.sleep(60)
        os._exit(0)
    os.wait()
    while not os.path.exists("daemon.pid"):
        time.sleep(0.01)
"""


def dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # also in the midst of being asked
        return True


async def until_written(path: Path) -> int:
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.01)
    return int(path.read_text())
