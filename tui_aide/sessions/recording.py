"""A session's journal as a recording: its events in order, the time that the search ran, and what stood still."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import islice

import msgspec

from tui_aide.errors import SessionError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.recorded_work import RecordedWork
from tui_aide.tree import events as ev

_LEAST_STILL = 1.0
"""Seconds from which on it is worth to tell that nothing was under way."""


class Still(msgspec.Struct, frozen=True):
    """From `start` to `end` (seconds since 1970) nothing was under way; `stopped` where no runner was there at all."""

    start: float
    end: float
    stopped: bool


class Recording:
    """What a journal holds, read once; `grow` reads what was added since. Nothing is ever written.

    Attributes:
        events: in the order in which they were recorded.
        times: their times, in the same order, never falling even where the machine's clock was set back.
        stills: the times at which nothing was under way, in order.
        work: when each sample and run began and ended.
        marks: when the best node changed.
    """

    def __init__(self, folder: SessionFolder) -> None:
        """Read the journal.

        Raises:
            SessionError: it cannot be read, is damaged, or holds nothing.
        """
        self.folder = folder
        self.events: list[ev.AnyEvent] = []
        self.times: list[float] = []
        self.stills: list[Still] = []
        self.work = RecordedWork()
        self.marks: list[float] = []
        self._created: dict[int, float] = {}
        self._ends: list[float] = []
        self._stops: list[Still] = []
        self._busy: set[tuple[str, int, int]] = set()
        self._reader = JournalReader(folder.journal)
        self.grow()
        if not self.events:
            raise SessionError(f"{folder.journal}: nothing is recorded yet; begin with: tui-aide resume {folder.id}")

    @property
    def start(self) -> float:
        """When the search began, in seconds since 1970."""
        return self.times[0]

    @property
    def end(self) -> float:
        """When its last event was recorded."""
        return self.times[-1]

    @property
    def torn(self) -> bool:
        """Whether the last line has no end: power was lost, or it is being written."""
        return self._reader.torn > 0

    def grow(self) -> bool:
        """Read what was added; return whether anything was.

        Raises:
            SessionError: the journal cannot be read any more.
        """
        events = self._reader.read()
        for event in events:
            self._add(event)
        return bool(events)

    def count(self, time: float) -> int:
        """Return how many events had happened at a time."""
        return bisect_right(self.times, time)

    def elapsed(self, time: float) -> float:
        """Return the seconds that the search had run at a time, without those at which no runner was there."""
        gone = sum(max(0.0, min(time, s.end) - s.start) for s in self._stops)
        return max(0.0, min(time, self.end) - self.start - gone)

    def at(self, elapsed: float) -> float:
        """Return the time at which the search had run so many seconds; the first one of several."""
        time = self.start + max(0.0, elapsed)
        for stop in self._stops:
            if stop.start < time:
                time += stop.end - stop.start
        return min(time, self.end)

    def still_at(self, time: float) -> Still | None:
        """Return what stood still at a time, or None."""
        at = bisect_right(self.stills, time, key=lambda s: s.start) - 1
        return self.stills[at] if at >= 0 and time < self.stills[at].end else None

    def still_between(self, start: float, end: float, least: float) -> Still | None:
        """Return the first still of which more than `least` seconds lie ahead for who goes from `start` to `end`."""
        at = max(0, bisect_right(self.stills, start, key=lambda s: s.start) - 1)
        for still in islice(self.stills, at, None):
            if still.start >= end:
                break
            if still.end - max(still.start, start) > least + 0.001:  # what times since 1970 tell for certain
                return still
        return None

    def begin_of(self, node: int) -> float | None:
        """Return when a node was first created; None where there is no such node."""
        return self._created.get(node)

    def next_end(self, time: float) -> float | None:
        """Return when the next node after a time was done, or None."""
        at = bisect_right(self._ends, time)
        return self._ends[at] if at < len(self._ends) else None

    def previous_end(self, time: float) -> float | None:
        """Return when the last node before a time was done, or None."""
        at = bisect_left(self._ends, time)
        return self._ends[at - 1] if at else None

    def _add(self, event: ev.AnyEvent) -> None:
        time = event.time
        if self.times:
            before = self.times[-1]
            time = max(time, before)
            if isinstance(event, ev.SessionResumed):
                self._busy.clear()
                self._stops.append(Still(before, time, True))
                self.stills.append(self._stops[-1])
            elif not self._busy and time - before > _LEAST_STILL:
                self.stills.append(Still(before, time, False))
        self.events.append(event)
        self.times.append(time)
        self.work.add(event)
        match event:
            case ev.NodeCreated():
                self._created.setdefault(event.node, time)
            case ev.NodeFinished():
                self._ends.append(time)
            case ev.IncumbentChanged():
                self.marks.append(time)
            case ev.SampleStarted():
                self._busy.add(("sample", event.node, event.sample))
            case ev.SampleFinished():
                self._busy.discard(("sample", event.node, event.sample))
            case ev.ExecutionStarted():
                self._busy.add(("run", event.node, event.candidate))
            case ev.ExecutionFinished():
                self._busy.discard(("run", event.node, event.candidate))
            case ev.SessionFinished():
                self._busy.clear()
            case _:
                pass
