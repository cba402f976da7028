"""What runner and viewers say to each other: where the runner listens, and the lines that it sends."""

from __future__ import annotations

import msgspec

from tui_aide.tree.commands import Progress, Reply


class RunnerAddress(msgspec.Struct, frozen=True):
    """What runner.json holds."""

    pid: int
    socket: str


class ToViewer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line from the runner: the reply to the oldest unanswered command, or a progress snapshot."""

    reply: Reply | None = None
    progress: Progress | None = None
