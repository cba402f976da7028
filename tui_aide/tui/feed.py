"""A session as the search screen follows it: the journal, the runner's progress, and the runner's death."""

from __future__ import annotations

import time
from collections import deque

from tui_aide.errors import SessionError
from tui_aide.sessions.client import RunnerClient
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView
from tui_aide.tree.commands import Command, Progress, Reply, RunningNode, ServerStatus
from tui_aide.tree.events import ChallengerRejected, NodeFinished, NodeRestarted, SampleStarted
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.happenings import Happening, happening
from tui_aide.tui.moment import Moment
from tui_aide.tui.transcript import Asked

LIVE = ("running", "paused")
_RATES = 40
"""So many rates are kept for their courses, two a second."""


class SessionFeed:
    """Follows one session. `poll` is called at the screen's pace, `look` once or twice a second.

    Attributes:
        happenings: what happened, in words, oldest first, the newest 1,000.
        rejected: why a valid node did not become the best, by node.
        asked: what the model was asked for, sample by sample, by node.
        error: why the journal cannot be read any more, or "".
    """

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.view = SessionView(folder)
        self.client: RunnerClient | None = None
        self.happenings: deque[Happening] = deque(maxlen=1000)
        self.rejected: dict[int, str] = {}
        self.asked: dict[int, list[Asked]] = {}
        self.status = "new"
        self.error = ""
        self._damaged = False
        self._good = self._buggy = 0
        self._finishes: deque[float] = deque(maxlen=21)
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

    def poll(self) -> bool:
        """Fold what was added to the journal; return whether anything was."""
        if self._damaged:
            return False
        try:
            events = self.view.refresh()
        except SessionError as e:
            if not self.folder.journal.exists() and self.tree.started is None:
                return False  # a runner that just starts has not written yet
            changed = not self.error
            self.error = str(e)
            self._damaged = self.folder.journal.exists()
            return changed
        except KeyError as e:
            self.error = f"{self.folder.journal}: names node {e}, which was never created; the rest is not shown"
            self._damaged = True
            return True
        self.error = ""
        for event in events:
            if isinstance(event, NodeFinished):
                self._finishes.append(event.time)
                self._good += event.verdict == "valid" and event.score is not None
                self._buggy += event.verdict not in ("valid", "cancelled", "killed")
            elif isinstance(event, SampleStarted):
                self.asked.setdefault(event.node, []).append(Asked(event.sample, event.candidate, event.purpose))
            elif isinstance(event, NodeRestarted):
                self.asked.pop(event.node, None)
            elif isinstance(event, ChallengerRejected):
                self.rejected[event.node] = event.reason
            if (words := happening(event, self.tree)) is not None:
                self.happenings.append(words)
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
        if self.client is not None and self.client.closed.is_set():
            await self.client.aclose()
            self.client = None
        if self.client is None and self.live:
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
            raise SessionError(f"the search is not running; R resumes it, or: tui-aide resume {self.folder.id}")
        return await self.client.send(command)

    def running(self) -> dict[int, RunningNode]:
        """Return what each live node does, by node."""
        progress = self.client.progress if self.client else None
        return {r.node: r for r in progress.running} if progress else {}

    def moment(self) -> Moment:
        """Return what the boards need beside the tree."""
        times = list(self._finishes)
        mean = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 2 else None
        if mean is None and self.tree.finished_count:
            mean = self.tree.wall(time.time()) / self.tree.finished_count
        progress = self.client.progress if self.client else None
        return Moment(
            now=time.time() if self.live else self.tree.last_time,
            session=self.folder.id,
            status=self.status,
            attached=self.live,
            progress=progress,
            rates=tuple(self._rates),
            seconds_per_node=mean,
            good=self._good,
            buggy=self._buggy,
            servers=self._servers(progress),
            server_rates={url: tuple(rates) for url, rates in self._server_rates.items()},
            gpu_for=(progress.gpu_for if progress else self.tree.gpu_for) if self.live else "",
        )

    def _servers(self, progress: Progress | None) -> tuple[ServerStatus, ...]:
        """Return the servers as the runner sees them; without its snapshot, as the journal told last."""
        if not self.live:
            return ()
        if progress is not None and progress.servers:
            return progress.servers
        told = self.tree.servers.values()
        return tuple(ServerStatus(s.server, "", s.state, s.time, s.detail) for s in told)

    async def aclose(self) -> None:
        """Disconnect; the search goes on."""
        if self.client is not None:
            await self.client.aclose()
            self.client = None
