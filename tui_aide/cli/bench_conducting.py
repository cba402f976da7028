"""Conducting a run from the command line: signals in, plain lines or JSON out, an exit code at the end."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from tui_aide.cli.table import counted, printable

if TYPE_CHECKING:
    from tui_aide.bench.conductor import Conductor
    from tui_aide.bench.run_folder import RunFolder
    from tui_aide.bench.telling import CellEnded, Ended, Told


def conduct(run: RunFolder, *, as_json: bool, retry_failed: bool = False) -> int:
    """Run what is left of a run.

    The first Ctrl-C (or SIGTERM, or a closed terminal) stops the searches cleanly, a second one at once.

    Returns:
        0 when all cells are done and graded, else 1.

    Raises:
        SessionError: another process conducts it, or its folder cannot be used.
    """
    from tui_aide.bench.conductor import Conductor

    conductor = Conductor(run, print_json if as_json else print_line, retry_failed=retry_failed)
    ended = asyncio.run(_conduct(conductor))
    return 0 if ended.whole else 1


async def _conduct(conductor: Conductor) -> Ended:
    """Run it, with our own signals meanwhile."""
    loop, received = asyncio.get_running_loop(), 0

    def interrupt() -> None:
        nonlocal received
        received += 1
        if received == 1:
            _say("stopping; once more to end the searches at once (either way a resume goes on with them)")
            conductor.stop()
        else:
            conductor.kill()

    numbers = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        return await conductor.run()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def print_json(told: Told) -> None:
    """Print an event as JSON."""
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def print_line(told: Told) -> None:
    """Print an event for people: on standard error, but for the last words."""
    from tui_aide.bench import telling

    match told:
        case telling.Began():
            done = f", {told.done} of them done" if told.done else ""
            _say(f"run {told.run} in {told.path}: {counted(told.cells, 'cell')}{done}")
        case telling.CellBegan():
            _stamped(f"{told.words}: {'begins' if told.attempt == 1 else f'goes on (attempt {told.attempt})'}")
        case telling.CellEnded():
            _stamped(f"[{told.ended}/{told.cells}] {told.words}: {_end_words(told)}")
        case telling.Remark():
            _stamped(f"! {told.cell}: {told.text}" if told.cell else f"! {told.text}")
        case telling.Ended():
            for line in last_words(told):
                print(printable(line), flush=True)


def _end_words(told: CellEnded) -> str:
    if told.status != "done":
        return f"{told.status}: {told.why}"
    best = f"best {told.best:.5g} {told.metric}" if told.best is not None else "no valid solution"
    tokens = f", {told.tokens:,} tokens" if told.tokens else ""
    graded = f"; not graded: {told.grading_why}" if told.grading == "failed" else ""
    return f"done, {counted(told.nodes, 'node')}, {best}{tokens}, {clock(told.seconds)}{graded}"


def last_words(told: Ended) -> list[str]:
    """Return how a run ended, and what can be done with it now, a line each."""
    counts = (
        (told.done, "done"),
        (told.failed, "failed"),
        (told.stopped, "stopped"),
        (told.waiting, "waiting"),
        (told.ungraded, "not graded"),
    )
    lines = [f"run {told.run}: " + ", ".join(f"{n} {word}" for n, word in counts if n or word == "done")]
    if told.stopped or told.waiting or told.ungraded:
        lines.append(f"Go on with it: tui-aide bench resume {told.run}")
    if told.failed:
        lines.append(f"Try the failed ones again: tui-aide bench resume {told.run} --retry-failed")
    if told.done:
        lines.append(f"Compare: tui-aide bench report {told.run}")
    return lines


def clock(seconds: float) -> str:
    """Return a duration as `0:42` or `1:05:00`."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _stamped(line: str) -> None:
    _say(f"{time.strftime('%H:%M:%S')} {line}")


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)
