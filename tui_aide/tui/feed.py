"""A session as the search screen follows it: what any feed tells the screen, and the feed of a live session."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from rich.cells import cell_len

from tui_aide.errors import SessionError
from tui_aide.sessions.client import RunnerClient
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView
from tui_aide.tree.commands import Command, Progress, Reply, RunningNode, ServerStatus
from tui_aide.tree.events import AnyEvent
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.actions import key_for
from tui_aide.tui.chronicle import Chronicle
from tui_aide.tui.documents import Span
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import one_line

LIVE = ("running", "paused")
_RATES = 40
"""So many rates are kept for their courses, two a second."""
_POLL_BYTES = 1 << 20
"""So much of a journal is folded at once; it takes about 50 ms."""


class Feed(Protocol):
    """What the screen asks of the session that it shows, be it live or replayed."""

    @property
    def folder(self) -> SessionFolder:
        """The session's folder, whose files the screen shows."""
        ...

    @property
    def tree(self) -> SolutionTree:
        """The folded tree; only to be read. It may be another object after a `poll`."""
        ...

    @property
    def chronicle(self) -> Chronicle:
        """What is folded beside the tree; another object where the tree is one."""
        ...

    @property
    def status(self) -> str:
        """new, running, paused, finished, stopped, failed or interrupted."""
        ...

    @property
    def error(self) -> str:
        """Why the journal cannot be read any more, or ""."""
        ...

    @property
    def live(self) -> bool:
        """Whether the search goes on at the time that is shown."""
        ...

    @property
    def refusal(self) -> str:
        """Why the search cannot be steered now, or ""."""
        ...

    def poll(self) -> bool:
        """Take over what happened; return whether anything did. Called at the screen's pace."""
        ...

    def look(self) -> bool:
        """See whether the runner lives; return whether the status changed. Called once or twice a second."""
        ...

    async def connect(self) -> bool:
        """Connect to the runner where there is one and we are not; return whether we are connected."""
        ...

    async def send(self, command: Command) -> Reply:
        """Send a command.

        Raises:
            SessionError: no runner takes it.
        """
        ...

    def running(self) -> dict[int, RunningNode]:
        """Return what each live node does, by node."""
        ...

    def moment(self) -> Moment:
        """Return what the boards need beside the tree."""
        ...

    def standing(self, width: int) -> Span | None:
        """Return what stands first in the event line: why nothing goes on; None where the search does."""
        ...

    async def aclose(self) -> None:
        """Disconnect; the search goes on."""
        ...


class SessionFeed:
    """Follows one live session.

    Attributes:
        folder: the session's.
        view: its journal, folded as it grows.
        chronicle: what is folded beside the tree.
        client: the connection to the runner, or None.
        status: as `Feed` has it.
        error: why the journal cannot be read any more, or "".
        listener: is given each event after it was folded, or None.
    """

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.view = SessionView(folder)
        self.client: RunnerClient | None = None
        self.chronicle = Chronicle()
        self.status = "new"
        self.error = ""
        self.listener: Callable[[AnyEvent, SolutionTree], None] | None = None
        self._damaged = False
        self._connecting = asyncio.Lock()
        self._left = False
        self._rates: deque[float] = deque(maxlen=_RATES)
        self._server_rates: dict[str, deque[float]] = {}
        self._rate_time = 0.0

    @property
    def tree(self) -> SolutionTree:
        """The folded tree; only to be read."""
        return self.view.tree

    @property
    def live(self) -> bool:
        """Whether a runner works on the session."""
        return self.status in LIVE

    @property
    def refusal(self) -> str:
        """Why the search cannot be steered now, or ""."""
        return "" if self.live else f"The search is {self.status}; {key_for('search.resume')} resumes it."

    @property
    def behind(self) -> bool:
        """Whether the last `poll` left something of the journal unfolded."""
        return self.view.behind and not self._damaged

    def poll(self, limit: int = _POLL_BYTES) -> bool:
        """Fold what was added to the journal, about `limit` bytes of it at most; return whether anything was."""
        if self._damaged:
            return False
        try:
            events = self.view.refresh(limit)
        except SessionError as e:
            if not self.folder.journal.exists() and self.tree.started is None:
                return False  # a runner that just starts has not written yet
            changed = not self.error
            self.error = str(e)
            self._damaged = self.folder.journal.exists()
            return changed
        except KeyError as e:
            self.error = unknown_node(self.folder, e)
            self._damaged = True
            return True
        self.error = ""
        for event in events:
            self.chronicle.take(event, self.tree)
            if self.listener is not None:
                self.listener(event, self.tree)
        if self.live and self.tree.status != self.status:
            self.status = self.tree.status
        if self.client is not None and self.client.progress is not None and time.monotonic() - self._rate_time > 0.5:
            self._rate_time = time.monotonic()
            self._take_rates(self.client.progress)
        return bool(events)

    def _take_rates(self, progress: Progress) -> None:
        self._rates.append(progress.tokens_per_second)
        for server in progress.servers:
            if server.generation_rate is not None:
                self._server_rates.setdefault(server.url, deque(maxlen=_RATES)).append(server.generation_rate)

    def look(self) -> bool:
        """See whether the runner lives; return whether the status changed."""
        before = self.status
        self.status = self.view.status if self.tree.started else "new"
        return before != self.status

    async def connect(self) -> bool:
        """Connect to the runner where there is one and we are not; return whether we are connected."""
        async with self._connecting:  # a command and the screen's beat may both want to at once
            if self.client is not None and self.client.closed.is_set():
                await self.client.aclose()
                self.client = None
            if self.client is None and self.live and not self._left:
                try:
                    self.client = await RunnerClient.connect(self.folder)
                except SessionError:
                    return False
            return self.client is not None

    async def send(self, command: Command) -> Reply:
        """Send a command.

        Raises:
            SessionError: no runner, or it does not answer.
        """
        if not await self.connect() or self.client is None:
            how = f"{key_for('search.resume')} resumes it, or: tui-aide resume {self.folder.id}"
            raise SessionError(f"the search is not running; {how}")
        return await self.client.send(command)

    def running(self) -> dict[int, RunningNode]:
        """Return what each live node does, by node."""
        progress = self.client.progress if self.client else None
        return {r.node: r for r in progress.running} if progress else {}

    def moment(self) -> Moment:
        """Return what the boards need beside the tree."""
        progress = self.client.progress if self.client else None
        return Moment(
            now=time.time() if self.live else self.tree.last_time,
            session=self.folder.id,
            status=self.status,
            attached=self.live,
            progress=progress,
            rates=tuple(self._rates),
            seconds_per_node=self.chronicle.seconds_per_node(self.tree, time.time()),
            good=self.chronicle.good,
            buggy=self.chronicle.buggy,
            servers=self._servers(progress),
            server_rates={url: tuple(rates) for url, rates in self._server_rates.items()},
            gpu_for=(progress.gpu_for if progress else self.tree.gpu_for) if self.live else "",
        )

    def _servers(self, progress: Progress | None) -> tuple[ServerStatus, ...]:
        """Return the servers as the runner sees them; without its snapshot, as the journal told last."""
        if not self.live:
            return ()
        return progress.servers if progress is not None and progress.servers else told_servers(self.tree)

    def standing(self, width: int) -> Span | None:
        """Return that the search does not run, why, and how to go on with it; None where it runs."""
        if self.live:
            return None
        reason = one_line(self.tree.status_reason)
        ended = "has failed" if self.status == "failed" else f"is {self.status}"
        text = {
            "interrupted": "The runner ended without a word; nothing that was finished is lost.",
            "new": "The search has not begun.",
        }.get(self.status, f"The search {ended}" + (f": {reason}." if reason else "."))
        command = f"tui-aide resume {self.folder.id}"
        lead = f" {key_for('search.resume')} resumes it, or: " if cell_len(command) + 20 <= width else " "
        return f"{lead}{command}  {text}  ", "bad" if self.status in ("interrupted", "failed") else "warn"

    async def aclose(self) -> None:
        """Disconnect for good; the search goes on."""
        self._left = True
        async with self._connecting:
            if self.client is not None:
                await self.client.aclose()
                self.client = None


def told_servers(tree: SolutionTree) -> tuple[ServerStatus, ...]:
    """Return the servers as the journal told of them last."""
    return tuple(ServerStatus(s.server, "", s.state, s.time, s.detail) for s in tree.servers.values())


def unknown_node(folder: SessionFolder, error: KeyError) -> str:
    """Return what is wrong with a journal that names a node which was never created."""
    return f"{folder.journal}: names node {error}, which was never created; the rest is not shown"
