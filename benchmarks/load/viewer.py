"""`tui-aide attach` on a terminal of its own: keys, and how long until they show; its CPU, memory and output."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import psutil

from benchmarks.load.picture import Picture
from benchmarks.startup import console_script
from benchmarks.terminal import Terminal

ROWS, COLUMNS = 50, 200
_PATIENCE = 5.0
SIZES = ((50, 120), (24, 80), (60, 240), (ROWS, COLUMNS))


class Use(msgspec.Struct, frozen=True):
    """What the viewer used in some seconds: CPU as a share of one core, bytes and frames a second."""

    cpu: float
    bytes: float
    frames: float


class Viewer:
    """One viewer; use as a context manager. `command` is another program in the place of `tui-aide attach`."""

    def __init__(
        self, session: str, environment: dict[str, str], seed: int = 0, command: Sequence[str] | None = None
    ) -> None:
        words = list(command or (console_script(), "attach", session))
        self.terminal = Terminal(words, {**os.environ, **environment}, ROWS, COLUMNS)
        self.picture = Picture(ROWS)
        self.drawn = 0
        self._process = psutil.Process(self.terminal.process.pid)
        self._rng = random.Random(seed)
        self._tab = 1

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.__exit__(None, None, None)

    @property
    def memory(self) -> int:
        """Bytes of its own, which no other process shares."""
        return int(self._process.memory_full_info().uss)

    def read(self, seconds: float) -> bool:
        """Read what is drawn within so many seconds, if anything, and forget it."""
        read = self.terminal.read(seconds)
        data, self.terminal.output = self.terminal.output, b""
        self.drawn += len(data)
        self.picture.take(data)
        return read

    def watch(self, seconds: float) -> None:
        """Read for so many seconds."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def use(self, doing: Callable[[], object]) -> Use:
        """Return what the viewer used while something was done."""
        begun, cpu, drawn, frames = time.perf_counter(), self.cpu, self.drawn, self.picture.frames
        doing()
        seconds = time.perf_counter() - begun
        return Use((self.cpu - cpu) / seconds, (self.drawn - drawn) / seconds,
                   (self.picture.frames - frames) / seconds)  # fmt: skip

    @property
    def cpu(self) -> float:
        """CPU seconds that it used since its start."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def press(self, key: bytes, fact: str) -> float:
        """Press a key; return the seconds until the frame stood in which a fact of the picture had changed by it."""
        before, begun = getattr(self.picture, fact), time.perf_counter()
        self.terminal.send(key)
        while getattr(self.picture, fact) == before:
            left = begun + _PATIENCE - time.perf_counter()
            if left <= 0 or not self.read(left):
                return _PATIENCE
        return time.perf_counter() - begun

    def keys(self, count: int) -> dict[str, list[float]]:
        """Press so many keys at random times: mostly moves, also tabs, panes and full screen.

        Returns:
            The seconds of each, by what the key does.
        """
        rng = self._rng
        took: dict[str, list[float]] = {"move": [], "tab": [], "pane": [], "open": [], "close": []}
        while sum(map(len, took.values())) < count:
            chance = rng.random()
            if chance < 0.6:
                took["move"].append(self.press(rng.choice((b"j", b"k", b"\x1b[A", b"\x1b[B")), "cursor"))
            elif chance < 0.8:
                self._tab = rng.choice([n for n in range(1, 10) if n != self._tab])
                took["tab"].append(self.press(str(self._tab).encode(), "tabs"))
            elif chance < 0.9:
                took["pane"].append(self.press(b"\t", "border"))
                self.watch(rng.uniform(0.1, 0.4))
                took["pane"].append(self.press(b"\x1b", "border"))
            else:
                took["open"].append(self.press(b"\r", "whole"))
                self.watch(rng.uniform(0.1, 0.4))
                took["close"].append(self.press(b"\x1b", "whole"))
            self.watch(rng.uniform(0.1, 0.4))
        return took

    def whole(self, change: Callable[[], None]) -> float:
        """Change something; return the seconds until the first frame that drew the whole screen anew for it."""
        begun, count = time.perf_counter(), self.picture.whole
        change()
        while self.picture.whole == count and time.perf_counter() - begun < _PATIENCE:
            self.read(0.05)
        took = time.perf_counter() - begun
        self.watch(0.7)
        return took

    def themes(self) -> list[float]:
        """Choose themes in the picker; return what each took."""
        self.terminal.send(b"T")
        self.watch(1.0)
        took = [self.whole(partial(self.terminal.send, key)) for key in (b"j", b"j", b"k", b"j")]
        self.terminal.send(b"\x1b")
        self.watch(1.0)
        return took

    def sizes(self) -> list[float]:
        """Make the terminal smaller and larger; return what each took."""
        took: list[float] = []
        for rows, columns in SIZES:
            self.picture.height = rows
            took.append(self.whole(partial(self.terminal.resize, rows, columns)))
        return took
