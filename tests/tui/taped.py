"""A recorded session whose events have the times that a test gives them, and a clock to play it by."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.tui.recorded import RecordedSession
from tui_aide.sessions.recording import Recording
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens
from tui_aide.tui.replay_feed import ReplayFeed

START = 1_790_000_000.0
TEXT = "".join(f"thought {i:02d}\n" for i in range(10))
"""100 bytes."""
ANSWER = "".join(f"answer {i:03d}\n" for i in range(10))
OUTPUT = "".join(f"line {i:04d}\n" for i in range(20))


class Tape(RecordedSession):
    """Writes a session's events at the seconds after its start that `now` says."""

    now = 0.0
    _seq = 0

    def add(self, event: ev.Event) -> None:
        self._seq += 1
        with self.folder.journal.open("ab") as file:
            file.write(ev.encode(msgspec.structs.replace(event, seq=self._seq, time=START + self.now)))

    def at(self, seconds: float, event: ev.Event) -> None:
        """Add an event at a time."""
        self.now = seconds
        self.add(event)

    def sampled(self, node: int, begin: float, *, sample: int = 0, candidate: int = 0, purpose: str = "script") -> None:
        """Ten seconds: the first token after one, the answer after six. No file is written."""
        self.at(begin, ev.SampleStarted(node=node, sample=sample, model="m", candidate=candidate, purpose=purpose))
        self.at(begin + 6, ev.AnswerStarted(node=node, sample=sample, candidate=candidate))
        self.at(begin + 10, ev.SampleFinished(
            node=node, sample=sample, tokens=Tokens(100, 50, 40), seconds=10, first_token_seconds=1, finish="stop",
            candidate=candidate, purpose=purpose,
        ))  # fmt: skip

    def checked(self, node: int, at: float, *, candidate: int = 0, title: str = "a script") -> None:
        self.at(at, ev.CodeChecked(node=node, ok=True, title=title, plan="the plan", lines=1, candidate=candidate))

    def ran(self, node: int, begin: float, end: float, *, candidate: int = 0, fold: int = 0, output: int = 0) -> None:
        self.at(begin, ev.ExecutionStarted(node=node, slot=0, threads=1, candidate=candidate, fold=fold))
        self.at(end, ev.ExecutionFinished(
            node=node, reason="exited", returncode=0, seconds=end - begin, peak_memory=1, candidate=candidate,
            fold=fold, output=output,
        ))  # fmt: skip

    def whole(
        self, begin: float, value: float | None, *parents: int, best: bool = False, title: str = "a script"
    ) -> int:
        """Add a node of 20 seconds with all its files: sampled for ten, run from 11 to 19, done at 20."""
        self.now = begin
        node = self.begin(*parents)
        self.sampled(node, begin)
        self.checked(node, begin + 10, title=title)
        self.ran(node, begin + 11, begin + 19)
        for name, text in (
            ("prompt.md", "the prompt"),
            ("reasoning.md", TEXT),
            ("answer.md", ANSWER),
            ("solution.py", f"print({node})\n"),
            ("plan.md", f"the plan of {node}"),
            ("output.log", OUTPUT),
        ):
            self.write(node, name, text)
        self.now = begin + 20
        self.finish(node, value, best=best)
        return node


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def tape(place: Path, name: str = "toy-fern-0001") -> Tape:
    """Begin a tape."""
    return Tape(place / "sessions", name)


def three_nodes(place: Path) -> Tape:
    """A finished search of 61 s: three nodes of 20 s one after the other, the second is the best and has the third."""
    made = tape(place)
    made.whole(0, 0.8, best=True, title="first try")
    made.whole(20, 0.9, 0, best=True, title="second try")
    made.whole(40, None, 1, title="third try")
    made.now = 61
    made.end()
    return made


def feed_of(session: RecordedSession, speed: float = 1) -> tuple[ReplayFeed, Clock]:
    """Return the session's replay at its start, and the clock that it goes by."""
    clock = Clock()
    return ReplayFeed(Recording(session.folder), speed, clock), clock
