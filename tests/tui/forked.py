"""A node of several candidates, written as the engine writes it: events and files."""

from __future__ import annotations

from tests.tui.recorded import RecordedSession
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, Tokens


class Forked:
    """One node of a recorded session whose strategy makes candidates side by side."""

    def __init__(self, session: RecordedSession, *parents: int, n: int = 3, by: str = "self-consistency") -> None:
        self.session = session
        self.n = n
        self.by = by
        self.samples = 0
        self.node = session.begin(*parents)
        session.add(ev.CandidatesForked(node=self.node, candidate=0, candidates=tuple(range(n)), by=by))

    def place(self, candidate: int) -> str:
        return f"candidates/{candidate}/" if candidate else ""

    def write(self, candidate: int, name: str, text: str) -> None:
        self.session.write(self.node, self.place(candidate) + name, text)

    def think(self, candidate: int, text: str = "", purpose: str = "script") -> None:
        self.session.add(
            ev.SampleStarted(node=self.node, sample=self.samples, model="m", candidate=candidate, purpose=purpose)
        )
        self.write(candidate, "prompt.md", f"prompt of {candidate}\n")
        self.write(candidate, "reasoning.md", text)
        self.samples += 1

    def sampled(self, candidate: int, purpose: str = "script", tokens: Tokens = Tokens(100, 20, 30)) -> None:  # noqa: B008
        self.session.add(
            ev.SampleFinished(
                node=self.node, sample=self.samples, tokens=tokens, seconds=2.0, first_token_seconds=0.2,
                finish="stop", candidate=candidate, purpose=purpose,
            )
        )  # fmt: skip

    def script(self, candidate: int, title: str, code: str = "print(1)\n") -> None:
        self.write(candidate, "solution.py", code)
        self.write(candidate, "plan.md", f"plan of {title}")
        self.session.add(
            ev.CodeChecked(node=self.node, ok=True, title=title, plan=f"plan of {title}", candidate=candidate)
        )

    def run(self, candidate: int, output: str = "") -> None:
        self.session.add(ev.ExecutionStarted(node=self.node, slot=0, threads=1, candidate=candidate))
        self.write(candidate, "output.log", output)

    def ended(self, candidate: int, value: float | None = None, message: str = "KeyError: 'x'") -> None:
        score = None if value is None else Score(value, 0.01)
        self.session.add(
            ev.ExecutionFinished(
                node=self.node, reason="exited", returncode=0, seconds=4.0, peak_memory=1, candidate=candidate
            )
        )
        self.session.add(
            ev.CandidateFinished(
                node=self.node, candidate=candidate, verdict="valid" if score else "crash",
                message="" if score else message, score=score,
            )
        )  # fmt: skip

    def choose(self, chosen: int, notes: dict[int, str], reason: str = "2 of 3 predict alike") -> None:
        standings = tuple(ev.Standing(c, note, 0 if c == chosen else 1, 2.0) for c, note in notes.items())
        self.session.add(
            ev.CandidateChosen(node=self.node, chosen=chosen, by=self.by, reason=reason, standings=standings)
        )

    def settle(self, chosen: int) -> None:
        """Move the chosen one's files to the node's own folder, and candidate 0's beside the others'."""
        if not chosen:
            return
        own = self.session.folder.node(self.node)
        (own / "candidates" / "0").mkdir(parents=True)
        for path in list(own.iterdir()):
            if path.name != "candidates":
                path.rename(own / "candidates" / "0" / path.name)
        for path in list((own / "candidates" / str(chosen)).iterdir()):
            path.rename(own / path.name)

    def make(self, chosen: int = 2, titles: tuple[str, ...] = ("ridge", "forest", "boosting")) -> None:
        """Bring the node to its end: candidate 1 fails, the others are valid."""
        for c, title in enumerate(titles):
            self.think(c, f"I think of {title}\n")
            self.sampled(c)
            self.script(c, title, f"# {title}\n")
        for c, title in enumerate(titles):
            self.run(c, f"output of {title}\n")
            self.ended(c, None if c == 1 else 0.8 + c / 100)
        notes = {chosen: "in the heaviest cluster"}
        notes |= {c: "crash: KeyError: 'x'" if c == 1 else "outvoted: 1 of 2 votes" for c in range(3) if c != chosen}
        self.choose(chosen, notes)
        self.settle(chosen)
        self.session.add(
            ev.NodeFinished(
                node=self.node, verdict="valid", message="", score=Score(0.8 + chosen / 100, 0.01),
                tokens=Tokens(300, 60, 90), seconds=9.0, model_seconds=2.0, execution_seconds=12.0,
            )
        )  # fmt: skip
