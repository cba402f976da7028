"""A recorded session as the search screen follows it: the events of the journal, folded by a clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator

from tui_aide.errors import SessionError
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.recorded_folder import RecordedFolder
from tui_aide.sessions.recorded_progress import running_at
from tui_aide.sessions.recording import Recording
from tui_aide.tree.commands import Command, Progress, Reply, RunningNode
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.chronicle import KEPT, Chronicle
from tui_aide.tui.documents import Span
from tui_aide.tui.feed import LIVE, told_servers, unknown_node
from tui_aide.tui.figures import duration
from tui_aide.tui.moment import Moment
from tui_aide.tui.replay_clock import ReplayClock
from tui_aide.tui.transcript import Asked

SLICE_SECONDS = 0.01
"""The screen's loop is not kept longer than this at a time; a key is answered in between."""
_SLICE = 256
_TOLD = 2 * KEPT
"""Events whose words are told after a leap; not each of them has any."""
_CHECKPOINT = 16_384
"""So many events lie between two states that are kept, to go back to."""
_RATES = 40


_ENDS = {
    "finished": "the search finished",
    "stopped": "the search was stopped",
    "failed": "the search failed",
    "interrupted": "the runner ended without a word",
}


class _Fold:
    """The first `count` events of a recording, folded; `told` where the chronicle has them in words, too."""

    def __init__(self, tree: SolutionTree, chronicle: Chronicle, count: int = 0, *, told: bool = True) -> None:
        self.tree = tree
        self.chronicle = chronicle
        self.count = count
        self.told = told

    def copying(self) -> _Copying:
        """Make another one in the same state, whose words are not told yet; meanwhile this one must not change."""
        tree = yield from self.tree.copying()
        return _Fold(tree, self.chronicle.copy(), self.count, told=False)

    def go_on(self, recording: Recording, goal: int, until: float, stop: int) -> None:
        """Fold up to `goal` events, or as many as can be until a time of `time.perf_counter`, at most up to `stop`.

        Raises:
            KeyError: an event names a node that was never created.
        """
        self.told &= goal - self.count <= _TOLD
        while self.count < min(goal, stop):
            for event in recording.events[self.count : min(goal, stop, self.count + _SLICE)]:
                self.tree.apply(event)
                self.chronicle.take(event, self.tree, words=self.told)
                self.count += 1
            if time.perf_counter() > until and self.count < goal:
                return
        if self.count == goal and not self.told:
            self.chronicle.tell(recording.events[max(0, goal - _TOLD) : goal], self.tree)
            self.told = True


_Copying = Generator[None, None, _Fold]


def _finish(copying: _Copying, until: float) -> _Fold | None:
    """Go on with a copy until a time of `time.perf_counter`; return it once it is whole."""
    while True:
        try:
            next(copying)
        except StopIteration as done:
            fold: _Fold = done.value
            return fold
        if time.perf_counter() > until:
            return None


class ReplayFeed:
    """Shows a recording as it was at the clock's time. Nothing is written, and nobody is asked.

    Going back folds the events anew, from the last state that was kept, in slices; until that is done the screen shows
    what it did.

    Attributes:
        recording: the events.
        clock: where it stands.
        folder: the session's folder, as it was then.
        error: why the rest cannot be shown, or "".
    """

    def __init__(self, recording: Recording, speed: float = 10, now: Callable[[], float] = time.monotonic) -> None:
        self.recording = recording
        self.clock = ReplayClock(recording, speed, now)
        self.folder = RecordedFolder(recording)
        self.error = ""
        self.alive = is_running(recording.folder)
        self._asked: dict[int, list[Asked]] = {}
        self._kept: dict[int, _Fold] = {}
        self._keeping: _Copying | None = None
        self._copying: tuple[int, _Copying] | None = None
        self._shown = _Fold(SolutionTree(), Chronicle(self._asked))
        self._next: _Fold | None = None
        self._goal: int | None = None
        self._last = len(recording.events)
        self._rates: deque[float] = deque(maxlen=_RATES)
        self._now, self._rated = now, now()
        self._learn()

    @property
    def tree(self) -> SolutionTree:
        """The tree as it was."""
        return self._shown.tree

    @property
    def chronicle(self) -> Chronicle:
        """What is folded beside it."""
        return self._shown.chronicle

    @property
    def count(self) -> int:
        """How many events are shown, or are about to be."""
        return self._wanted()

    @property
    def status(self) -> str:
        """The search's status as it was; `interrupted` from where a runner wrote nothing more."""
        status = self.tree.status
        if status not in LIVE:
            return status
        still = self.recording.still_at(self.clock.time)
        dead = self.clock.at_end and not self.alive
        return "interrupted" if dead or (still is not None and still.stopped) else status

    @property
    def live(self) -> bool:
        """Whether the search went on at the time that is shown."""
        return self.status in LIVE

    @property
    def refusal(self) -> str:
        """That a replay cannot be steered, and what can."""
        how = "attach" if self.alive else "resume"
        doing = "steers it" if self.alive else "goes on with it"
        return f"This is a replay; tui-aide {how} {self.folder.id} {doing}."

    @property
    def behind(self) -> bool:
        """Whether more is to be folded before the clock's time is shown."""
        return not self.error and (self._next is not None or self._shown.count != self._wanted())

    def seek(self, time: float) -> None:
        """Go to a time, with all that had happened at it."""
        self.clock.seek(time)
        self._goal = None
        self._rates.clear()

    def step(self, events: int) -> None:
        """Stand, and go so many events on, or back where it is below 0."""
        goal = min(max(1, self._wanted() + events), self._last)
        self.clock.play(False)
        self.clock.seek(self.recording.times[goal - 1])
        self._goal = goal
        self._rates.clear()

    def _wanted(self) -> int:
        if self._goal is not None:
            return self._goal
        return min(self._last, self.recording.count(self.clock.time))

    def poll(self) -> bool:
        """Take over the time that has gone by; return whether anything happened, or is another tree now."""
        self.clock.tick()
        if self.clock.playing:
            self._goal = None
        self.folder.time = self.clock.time
        before = self._shown, self._shown.count
        self.fold()
        if self.clock.playing and self._now() - self._rated > 0.5:
            self._rated = self._now()
            self._rates.append(sum(r.tokens_per_second for r in self.running().values()))
        return before != (self._shown, self._shown.count)

    def fold(self, seconds: float = SLICE_SECONDS) -> None:
        """Fold what is lacking, for about so many seconds at most."""
        until = time.perf_counter() + seconds
        goal = self._wanted()
        if self._keeping is not None:
            if (kept := _finish(self._keeping, until)) is None:
                return
            self._kept[kept.count], self._keeping = kept, None
        fold = self._begun(goal, until)
        if fold is None:
            return
        stop = (fold.count // _CHECKPOINT + 1) * _CHECKPOINT
        try:
            fold.go_on(self.recording, goal, until, stop)
        except KeyError as e:
            self.error = unknown_node(self.folder, e)
            self._last = fold.count
            self._next = None
            return
        if fold.count == stop and stop not in self._kept:
            self._keeping = fold.copying()
        if self._next is not None and self._next.count == goal:
            self._shown, self._next = self._next, None

    def _begun(self, goal: int, until: float) -> _Fold | None:
        """Return what leads to `goal` events by going on; None while a state to go on from is being copied."""
        base = max((count for count in self._kept if count <= goal), default=0)
        if base - _CHECKPOINT <= self._shown.count <= goal:
            self._next = self._copying = None
            return self._shown
        if self._next is not None and base <= self._next.count <= goal:
            return self._next
        self._next = None
        if not base:
            self._next = _Fold(SolutionTree(), Chronicle(self._asked))
            return self._next
        if self._copying is None or self._copying[0] != base:
            self._copying = base, self._kept[base].copying()
        self._next = _finish(self._copying[1], until)
        if self._next is not None:
            self._copying = None
        return self._next

    def look(self) -> bool:
        """Read what was recorded meanwhile; return whether anything was."""
        self.alive = is_running(self.recording.folder)
        if self.error:
            return False
        try:
            grown = self.recording.grow()
        except SessionError as e:
            self.error = str(e)
            return True
        if grown:
            self._last = len(self.recording.events)
            self.folder.forget()
            self._learn()
        return grown

    def _learn(self) -> None:
        """Tell what all samples are for; their texts lie in the files from the beginning, and need their titles."""
        for number, work in self.recording.work.nodes.items():
            self._asked[number] = [Asked(s.sample, s.candidate, s.purpose) for s in work.samples]

    async def connect(self) -> bool:
        """Do nothing: a replay has no runner."""
        return False

    async def send(self, command: Command) -> Reply:
        """Refuse.

        Raises:
            SessionError: always; a replay has no runner.
        """
        raise SessionError(self.refusal)

    def running(self) -> dict[int, RunningNode]:
        """Return what each live node did, as far as the recording tells."""
        if not self.live:
            return {}
        work, now = self.recording.work, self.clock.time
        found = (running_at(n, work.nodes.get(n.id), now, self.recording.end) for n in self.tree.running.values())
        return {r.node: r for r in found if r is not None}

    def moment(self) -> Moment:
        """Return what the boards need beside the tree."""
        tree, live = self.tree, self.live
        running = tuple(self.running().values())
        rate = sum(r.tokens_per_second for r in running)
        wall, spent = tree.wall(self.clock.time), tree.execution_seconds
        return Moment(
            now=self.clock.time if live else tree.last_time,
            session=self.folder.id,
            status=self.status,
            attached=live,
            progress=Progress(running, tree.paused, wall, spent, rate) if live else None,
            rates=tuple(self._rates),
            seconds_per_node=self.chronicle.seconds_per_node(tree, self.clock.time),
            good=self.chronicle.good,
            buggy=self.chronicle.buggy,
            servers=told_servers(tree) if live else (),
            gpu_for=tree.gpu_for if live else "",
        )

    def standing(self, width: int) -> Span | None:
        """Return what was passed over, or that the recording ends here; None where it simply goes on."""
        if self.clock.at_end and self.alive:
            return f" Live from here: tui-aide attach {self.folder.id}  ", "accent"
        if self.clock.at_end and not self.behind:
            torn = "; the journal's last line is torn" if self.recording.torn else ""
            return f" The recording ends here: {_ENDS.get(self.status, 'the search went on')}{torn}.  ", "warn"
        if (still := self.clock.passed) is not None:
            why = "the search was not running" if still.stopped else "nothing was under way"
            return f" Passed over {duration(still.end - still.start)} in which {why}.  ", "warn"
        return None

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""
