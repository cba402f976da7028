"""Ending a piece of work by a signal so that it cleans up after itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a closed terminal or a `kill` end a block as Ctrl-C does, so that it cleans up after itself."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = [(n, signal.signal(n, interrupt)) for n in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
