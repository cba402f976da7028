"""A session's folder as it was at a time gone by: how much of each node's files was there, by what the journal tells.

The files hold what there was in the end. A text that streamed is shown at an even pace between the events around it, so
it is right at its beginning and its end, and near the truth in between.
"""

from __future__ import annotations

import re
from pathlib import Path

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recorded_work import NodeWork, RunSpan, SampleSpan
from tui_aide.sessions.recording import Recording

_PLACE = re.compile(r"nodes/(\d+)/(?:candidates/(\d+)/)?((?:asides/\d+/)?)([a-z_]+)(?:-(\d+))?(\.\w+)")
_ASKED = ("prompt", "reasoning", "answer")


class RecordedFolder(SessionFolder):
    """The folder of a recording; `time` (seconds since 1970) may be set to any of its times."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording.folder.path)
        self.time = recording.start
        self._recording = recording
        self._samples: dict[tuple[int, int], dict[str, SampleSpan]] = {}

    @property
    def replayed(self) -> bool:
        """Whether it is shown as it was at a time gone by: it is."""
        return True

    def forget(self) -> None:
        """Look at the files anew, after the recording has grown."""
        self._samples.clear()

    def settled(self, node: int) -> int | None:
        """Return the candidate whose files are the node's own in the end; None where it is the first, or the only one.

        The others' files show that: the first one has left its place to the chosen one.
        """
        work = self._recording.work.nodes.get(node)
        if work is None or not work.chosen or not (self.node(node) / "candidates" / "0").is_dir():
            return None
        return work.chosen

    def extent(self, path: Path) -> int | None:
        """Return how many bytes of a node's file had come at `time`; None for all."""
        work, candidate, aside, stem, number = self._read(path)
        if work is None:
            return None
        if self.time < work.begun:
            return 0  # what was there before the node began anew is gone
        if stem in _ASKED:
            sample = self._sample(path.parent, work, candidate, aside, number)
            return None if sample is None else self._asked(path, stem, sample)
        if stem == "output":
            runs = work.runs_of(candidate)
            run = _run_of(runs, number, path.parent)
            return None if run is None else _part(path, run.share(self.time, self._recording.end))
        if stem == "score":
            return None if self._ended(work, candidate) else 0
        if stem in ("solution", "plan"):
            checked = work.checked.get(candidate, [])
            return None if not checked or self.time >= (checked[0] if stem == "solution" else checked[-1]) else 0
        return None

    def version(self, path: Path) -> Path:
        """Return the script that there was at `time` as a node's, where it was put by when another took its place."""
        work, candidate, _, stem, number = self._read(path)
        if work is None or stem != "solution" or number is not None:
            return path
        runs = work.runs_of(candidate)
        begun = [r.start for r in runs if r.start <= self.time]
        checked = [c for c in work.checked.get(candidate, ()) if c <= self.time]
        ordinal = len(begun) + bool(checked and (not begun or checked[-1] > begun[-1]))
        earlier = path.with_name(f"solution-{ordinal}.py")
        return earlier if earlier.is_file() else path

    def _read(self, path: Path) -> tuple[NodeWork | None, int, str, str, int | None]:
        """Return whose file it is: the node's work, the candidate, the folder of a side question, name and number."""
        match = _PLACE.fullmatch(path.relative_to(self.path).as_posix()) if path.is_relative_to(self.path) else None
        if match is None:
            return None, 0, "", "", None
        node, candidate, aside, stem, number, _ = match.groups()
        whose = int(candidate) if candidate is not None else self.settled(int(node)) or 0
        work = self._recording.work.nodes.get(int(node))
        return work, whose, aside.rstrip("/"), stem, None if number is None else int(number)

    def _ended(self, work: NodeWork, candidate: int) -> bool:
        ends = [t for t in (work.ended.get(candidate), work.done) if t is not None]
        return bool(ends) and self.time >= min(ends)

    def _asked(self, path: Path, stem: str, sample: SampleSpan) -> int | None:
        if self.time < sample.start:
            return 0
        if stem == "prompt":
            return None
        reasoning, answer = sample.shares(self.time, self._recording.end)
        return _part(path, reasoning if stem == "reasoning" else answer)

    def _sample(self, place: Path, work: NodeWork, candidate: int, aside: str, number: int | None) -> SampleSpan | None:
        """Return the sample that wrote a text; None where that is not known."""
        samples = work.samples_of(candidate)
        if number is not None:
            return next((s for s in samples if s.sample == number), None)
        place = place.parent.parent if aside else place
        key = (id(work), candidate)
        if key not in self._samples:
            self._samples[key] = _assign(place, samples)
        return self._samples[key].get(aside)


def _assign(place: Path, samples: list[SampleSpan]) -> dict[str, SampleSpan]:
    """Return which sample wrote into which folder of a candidate: its own ("") has the newest, `asides/K` one each."""
    numbers = {int(m[1]) for p in place.glob("prompt-*.md") if (m := re.fullmatch(r"prompt-(\d+)", p.stem))}
    rest = [s for s in samples if s.sample not in numbers]
    asides = sorted((p for p in place.glob("asides/*") if p.name.isdigit()), key=lambda p: int(p.name))
    keys = [f"asides/{p.name}" for p in asides]
    if len(rest) <= len(keys):  # the script itself was never asked for, or not any more
        return dict(zip(keys, rest, strict=False))
    if not keys:
        return {"": rest[-1]}
    own = _began(place / "prompt.md")
    at = sum(_began(p / "prompt.md") <= own for p in asides)
    return dict(zip([*keys[:at], "", *keys[at:]], rest, strict=False))


def _began(prompt: Path) -> int:
    try:
        return prompt.stat().st_mtime_ns
    except OSError:
        return 0


def _run_of(runs: list[RunSpan], number: int | None, place: Path) -> RunSpan | None:
    """Return the run that printed an output: of the earlier ones by its number from 1, else the last."""
    if place.name == "probe" or not runs:
        return None
    if number is None:
        return runs[-1]
    return runs[number - 1] if number <= len(runs) else None


def _part(path: Path, share: float) -> int | None:
    """Return a share of a file in bytes; None for all of it."""
    if share >= 1.0:
        return None
    try:
        return int(share * path.stat().st_size)
    except OSError:
        return 0
