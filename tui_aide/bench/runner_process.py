"""A cell's runner as the conductor sees it: started, waited for, stopped, killed. It outlives the conductor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.client import send_once
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.launch import launch
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.messages import RunnerAddress
from tui_aide.sessions.view import SessionView
from tui_aide.tree.commands import Stop

_LOOK_SECONDS = 0.2
_ASK_AGAIN = 5.0
"""Seconds after which a runner that was asked to stop, and has not, is asked once more."""


class SearchState(msgspec.Struct, frozen=True):
    """How a session's search stands: see `SessionView.status`. `tokens` are all that it took, prompts included."""

    status: str
    why: str = ""
    nodes: int = 0
    tokens: int = 0
    best: float | None = None
    metric: str = ""


def look(folder: SessionFolder) -> SearchState:
    """Return how a session stands, by its journal.

    Raises:
        SessionError: the journal cannot be read.
    """
    view = SessionView(folder)
    try:
        view.refresh()
    except KeyError as e:
        raise SessionError(f"{folder.journal}: damaged: an event names node {e}, which there is not") from e
    tree = view.tree
    chosen = tree.nodes[tree.selected] if tree.selected is not None else None
    return SearchState(
        status=view.status,
        why=tree.status_reason,
        nodes=tree.finished_count,
        tokens=tree.tokens.total,
        best=chosen.score.value if chosen is not None and chosen.score else None,
        metric=tree.started.metric if tree.started else "",
    )


class RunnerProcess:
    """The runner of one session."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self._pid: int | None = None

    async def start(self) -> None:
        """Start it, or take up the one that runs already, as after a conductor that died.

        Raises:
            SessionError: it ended at once; the message is its own.
        """
        if not is_running(self.folder):
            await asyncio.to_thread(launch, self.folder)
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._pid = msgspec.json.decode(self.folder.runner_file.read_bytes(), type=RunnerAddress).pid

    async def wait(self, stopping: asyncio.Event) -> None:
        """Wait until it is gone; from when `stopping` is set on it is asked to stop."""
        asked: float | None = None
        loop = asyncio.get_running_loop()
        while is_running(self.folder):
            if stopping.is_set() and (asked is None or loop.time() - asked > _ASK_AGAIN):
                asked = loop.time()
                with contextlib.suppress(SessionError):  # it starts or ends just now
                    await send_once(self.folder, Stop(by="bench"))
            await asyncio.sleep(_LOOK_SECONDS)
        self._reap()

    def kill(self) -> None:
        """End it at once; its journal stays whole, and what was in flight starts again when it is gone on with."""
        if self._pid is not None and is_running(self.folder):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Let the kernel forget it, if it was our child."""
        if self._pid is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, os.WNOHANG)
