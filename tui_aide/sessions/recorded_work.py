"""When each sample and each run of a recorded session began and ended: what its texts showed at any time in between."""

from __future__ import annotations

import msgspec

from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens


class SampleSpan(msgspec.Struct):
    """A sample's times in seconds since 1970. `text` is when its first token came; `end` is None while it lasts.

    `answer` is when its answer began, None before that. `tokens` are those of the whole sample, none where they are not
    known.
    """

    sample: int
    candidate: int
    purpose: str
    start: float
    text: float
    answer: float | None = None
    end: float | None = None
    tokens: Tokens = Tokens()
    thinking_budget: int | None = None
    first_token_seconds: float | None = None

    def shares(self, time: float, last: float) -> tuple[float, float]:
        """Return which shares, 0..1, of its reasoning and of its answer had come at a time, at an even pace.

        Args:
            time: when.
            last: when the recording ends, and with it what has no end.
        """
        end = last if self.end is None else self.end
        turn = end if self.answer is None else self.answer
        if self.answer is None:
            return _share(time, self.text, end), float(time >= end)
        return _share(time, self.text, turn), _share(time, turn, end)


class FoldSpan(msgspec.Struct):
    """One execution of a script: its times in seconds since 1970, the bytes that it printed (0 where not told)."""

    start: float
    end: float | None = None
    output: int = 0
    peak_memory: int = 0
    cpu_seconds: float = 0.0


class RunSpan(msgspec.Struct):
    """A script's run: one execution for each fold."""

    candidate: int
    folds: list[FoldSpan]

    @property
    def start(self) -> float:
        """When its first fold began."""
        return self.folds[0].start

    def share(self, time: float, last: float) -> float:
        """Return which share of its output had come at a time, 0..1; each fold has its part of it by its bytes."""
        whole = sum(f.output for f in self.folds)
        weights = [f.output / whole for f in self.folds] if whole else [1 / len(self.folds)] * len(self.folds)
        parts = (_share(time, f.start, last if f.end is None else f.end) for f in self.folds)
        return sum(w * part for w, part in zip(weights, parts, strict=True))


class NodeWork(msgspec.Struct):
    """What was done for a node since it last began.

    `checked` are the times at which a candidate's scripts were checked, `ended` when its verdict was in; `chosen` is
    the candidate that was chosen last.
    """

    begun: float
    samples: list[SampleSpan] = []
    runs: list[RunSpan] = []
    checked: dict[int, list[float]] = {}
    ended: dict[int, float] = {}
    done: float | None = None
    chosen: int | None = None

    def samples_of(self, candidate: int) -> list[SampleSpan]:
        """Return a candidate's samples in the order of their numbers."""
        return sorted((s for s in self.samples if s.candidate == candidate), key=lambda s: s.sample)

    def runs_of(self, candidate: int) -> list[RunSpan]:
        """Return a candidate's runs, the first one first."""
        return [r for r in self.runs if r.candidate == candidate]


class RecordedWork:
    """The work on all nodes, from the events in their order.

    Attributes:
        nodes: the work on each node by its id.
        last: time of the newest event.
    """

    def __init__(self) -> None:
        self.nodes: dict[int, NodeWork] = {}
        self.last = 0.0

    def add(self, event: ev.AnyEvent) -> None:
        """Take one event in; one of a node that was never created is left out."""
        if isinstance(event, ev.SessionResumed | ev.SessionFinished):
            self._halt(event.time if isinstance(event, ev.SessionFinished) else self.last)
        self.last = event.time
        if isinstance(event, ev.NodeCreated | ev.NodeRestarted):
            self.nodes[event.node] = NodeWork(event.time)
            return
        work = self.nodes.get(getattr(event, "node", -1))
        if work is not None:
            _note(work, event)

    def _halt(self, time: float) -> None:
        """End what a runner left without an end."""
        for work in self.nodes.values():
            if work.done is not None:
                continue
            for sample in work.samples:
                sample.end = time if sample.end is None else sample.end
            for run in work.runs:
                for fold in run.folds:
                    fold.end = time if fold.end is None else fold.end


def _note(work: NodeWork, event: ev.AnyEvent) -> None:
    match event:
        case ev.SampleStarted():
            time = event.time
            work.samples.append(SampleSpan(event.sample, event.candidate, event.purpose, start=time, text=time))
        case ev.AnswerStarted():
            for sample in _open(work, event.sample):
                sample.answer = event.time
        case ev.SampleRestarted():
            for sample in _open(work, event.sample):
                sample.text, sample.answer = event.time, None
        case ev.SampleFinished():
            for sample in _open(work, event.sample):
                sample.end, sample.tokens, sample.thinking_budget = event.time, event.tokens, event.thinking_budget
                sample.first_token_seconds = event.first_token_seconds
                sample.text = max(sample.text, min(sample.start + event.first_token_seconds, event.time))
        case ev.CodeChecked():
            work.checked.setdefault(event.candidate, []).append(event.time)
        case ev.ExecutionStarted():
            before = next((r for r in reversed(work.runs) if r.candidate == event.candidate), None)
            if event.fold and before is not None:
                before.folds.append(FoldSpan(event.time))
            else:
                work.runs.append(RunSpan(event.candidate, [FoldSpan(event.time)]))
        case ev.ExecutionFinished():
            run = next((r for r in reversed(work.runs) if r.candidate == event.candidate), None)
            if run is not None:
                fold = run.folds[-1]
                fold.end, fold.output, fold.peak_memory = event.time, event.output, event.peak_memory
                fold.cpu_seconds = event.cpu_seconds
        case ev.CandidateFinished():
            work.ended[event.candidate] = event.time
        case ev.CandidateChosen():
            work.chosen = event.chosen
        case ev.NodeFinished():
            work.done = event.time
        case _:
            pass


def _open(work: NodeWork, number: int) -> list[SampleSpan]:
    return [s for s in work.samples if s.sample == number and s.end is None]


def _share(time: float, start: float, end: float) -> float:
    """Return how far a time is between two others, 0..1."""
    if time >= end:
        return 1.0
    return max(0.0, (time - start) / (end - start)) if end > start else 0.0
