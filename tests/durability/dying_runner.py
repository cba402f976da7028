"""A runner that kills itself, as kill -9 does, in the middle of its n-th call of one kind.

`python -m tests.durability.dying_runner SESSION KIND N`; see `KINDS`. All else is the real runner.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tui_aide.sessions import exchange as exchange_module
from tui_aide.sessions import runner, store
from tui_aide.tree.events import encode


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Countdown:
    """Counts calls; `due` says whether this is the one."""

    def __init__(self, number: int) -> None:
        self.left = number

    def due(self) -> bool:
        self.left -= 1
        return self.left == 0


def in_write(countdown: Countdown) -> None:
    """Half of a journal's line is written."""
    write = os.write

    def dying(fd: int, data: Any) -> int:
        if bytes(data[:8]) == b'{"type":' and countdown.due():
            write(fd, data[: len(data) // 2])
            _die()
        return write(fd, data)

    os.write = dying


def in_encode(countdown: Countdown) -> None:
    """An event is decided on and not written."""
    journal = sys.modules["tui_aide.sessions.journal"]

    def dying(event: Any) -> bytes:
        if countdown.due():
            _die()
        return encode(event)

    journal.encode = dying  # type: ignore[attr-defined]


def in_fsync(countdown: Countdown) -> None:
    """Something is being forced to the disk."""
    fsync = os.fsync

    def dying(fd: Any) -> None:
        if countdown.due():
            _die()
        fsync(fd)

    os.fsync = dying


def before_exchange(countdown: Countdown) -> None:
    """The new `best` is complete, and the old one has the name."""

    def dying(one: Path, other: Path) -> bool:
        if countdown.due():
            _die()
        return exchange_module.exchange(one, other)

    vars(store)["exchange"] = dying


def after_exchange(countdown: Countdown) -> None:
    """The new `best` has the name, and the old one is still there."""

    def dying(one: Path, other: Path) -> bool:
        done = exchange_module.exchange(one, other)
        if countdown.due():
            _die()
        return done

    vars(store)["exchange"] = dying


def in_replace(countdown: Countdown) -> None:
    """A file is written under a provisional name."""
    replace = Path.replace

    def dying(self: Path, target: Any) -> Path:
        if countdown.due():
            _die()
        return replace(self, target)

    setattr(Path, "replace", dying)  # noqa: B010 - a type checker cannot follow it


def in_truncate(countdown: Countdown) -> None:
    """A torn line is about to be cut off."""
    truncate = os.truncate

    def dying(path: Any, length: int) -> None:
        if countdown.due():
            _die()
        truncate(path, length)

    os.truncate = dying


KINDS: dict[str, Callable[[Countdown], None]] = {
    function.__name__: function
    for function in (in_write, in_encode, in_fsync, before_exchange, after_exchange, in_replace, in_truncate)
}


if __name__ == "__main__":
    KINDS[sys.argv[2]](Countdown(int(sys.argv[3])))
    os._exit(runner.main([sys.argv[1]]))
