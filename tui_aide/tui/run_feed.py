"""A run as its screen follows it: read in a thread, from small files, less often where that takes long."""

from __future__ import annotations

import os

import msgspec

from tui_aide.bench.progress import ProgressReader, RunProgress
from tui_aide.bench.run_folder import RunFolder, bench_dir
from tui_aide.tree.budget import Budget
from tui_aide.tui.figures import count, duration
from tui_aide.tui.run_boards import RunNames

_TAIL = 4096


class RunState(msgspec.Struct, frozen=True):
    """A run at one moment, and what its conductor said last; empty where that has no log."""

    progress: RunProgress
    said: str = ""


class RunFeed:
    """Reads one run again and again. Everything here may wait for a disk."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._reader: ProgressReader | None = None
        self._suite_stamp = 0
        self.names = RunNames(run.name, "", 1, "", run.name)
        self.nodes: int | None = None
        self.tokens_as = ""

    def read(self) -> RunState:
        """Return how the run stands; the suite is read at the first time, and when it has changed.

        Raises:
            SessionError: this is no run.
            UsageError: its suite cannot be used.
        """
        stamp = self._stamp()
        if self._reader is None or stamp != self._suite_stamp:
            self._begin(RunFolder(self._run.path))
            self._suite_stamp = stamp
        assert self._reader is not None
        progress = self._reader.read()
        return RunState(progress, self._said() if progress.conducted else "")

    def _begin(self, run: RunFolder) -> None:
        """Take over the suite, to which cells may have been added."""
        suite = run.suite
        known = run.path.parent == bench_dir()
        self.names = RunNames(
            run.name,
            suite.name,
            suite.run.parallel,
            budget_words(suite.budget, suite.tokens_as),
            run.name if known else str(run.path),
        )
        self.nodes, self.tokens_as = suite.budget.nodes, suite.tokens_as
        self._reader = ProgressReader(run)

    def _stamp(self) -> int:
        try:
            return self._run.suite_file.stat().st_mtime_ns
        except OSError:
            return 0

    def _said(self) -> str:
        """Return the last line of the conductor's log; empty where this one writes none."""
        try:
            begun = self._run.lock_file.stat().st_mtime
            with self._run.conductor_log.open("rb") as file:
                stat = os.fstat(file.fileno())
                if stat.st_mtime < begun:
                    return ""
                file.seek(max(0, stat.st_size - _TAIL))
                lines = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line for line in reversed(lines) if line.strip()), "")


def budget_words(budget: Budget, tokens_as: str) -> str:
    """Return what each cell may take, in a few words."""
    parts = [
        *([f"{budget.nodes:,} nodes"] if budget.nodes is not None else []),
        *([f"{count(budget.tokens)} tokens"] if budget.tokens is not None else []),
        *([duration(budget.wall_seconds)] if budget.wall_seconds is not None else []),
        *([f"{duration(budget.execution_seconds)} of scripts"] if budget.execution_seconds is not None else []),
    ]
    words = ", ".join(parts)
    return f"{words} of {tokens_as}, its tokens for the others" if tokens_as else f"{words} each"
