"""A script that runs, however it was started: what the watch needs of it."""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec


class Report(msgspec.Struct, frozen=True):
    """What was seen at the end: exit code (negative for a signal), seconds, CPU seconds, largest process in bytes.

    `lost` says that it ended with the process that it was forked by, so that its exit code means nothing.

    `failure` is why the script could not begin in its sandbox; empty where it did.
    """

    returncode: int
    seconds: float
    cpu_seconds: float
    largest: int
    survivors: int = 0
    lost: bool = False
    failure: str = ""


class RunningScript(Protocol):
    """A script under supervision.

    Attributes:
        ended: done when nothing of the script runs any more.
        pid: process id that the script and all that it has started are below of.
    """

    ended: asyncio.Future[None]
    pid: int

    def kill(self) -> None:
        """Have everything killed; `ended` tells when that is done."""
        ...

    async def close(self) -> Report | None:
        """Kill whatever is left, wait for it and return what was seen at the end; None where nobody saw it.

        A cancellation is kept until all is dead.
        """
        ...
