"""GPU seconds of a search, as far as its journal tells: when a model server was busy, and scripts that used a GPU."""

from __future__ import annotations

from tui_aide.tree import events as ev


class GpuTime:
    """Adds up, event by event, the seconds in which a GPU worked for a search.

    Those are the seconds in which at least one sample of a model server was under way, overlaps counted once, and the
    seconds of scripts that were seen to hold memory of a GPU. For a server over several GPUs it is the time of one of
    them; where searches share a server, its time counts for each of them.
    """

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []
        self._scripts = 0.0
        self._known = True
        self._builtin = False

    def add(self, event: ev.AnyEvent) -> None:
        """Take one event, in the journal's order."""
        match event:
            case ev.SessionStarted() | ev.SessionResumed():
                self._builtin = event.model == "builtin"
            case ev.SampleFinished() if event.server:
                self._merge(event.time - event.seconds, event.time)
            case ev.SampleFinished() if not self._builtin:
                self._known = False  # journals of older versions do not name the server
            case ev.ExecutionFinished() if event.gpu_memory > 0:
                self._scripts += event.seconds
            case _:
                pass

    @property
    def seconds(self) -> float | None:
        """What was used so far; None where the journal does not tell."""
        return self._scripts + sum(end - start for start, end in self._spans) if self._known else None

    def _merge(self, start: float, end: float) -> None:
        """Add a span; events come in the order of their ends, so that only the last spans can overlap it."""
        while self._spans and self._spans[-1][1] >= start:
            start = min(start, self._spans.pop()[0])
        self._spans.append((start, end))
