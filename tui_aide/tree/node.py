"""A node of the search: one script and what became of it. Only data; the fold is in `solution_tree`."""

from __future__ import annotations

from copy import copy
from typing import Literal

import msgspec

Operator = Literal["draft", "debug", "improve", "merge", "ablate", "edit", "branch"]
Verdict = Literal[
    "no_code",
    "truncated",
    "syntax",
    "preflight",
    "crash",
    "timeout",
    "out_of_memory",
    "output_limit",
    "disk_full",
    "killed",
    "invalid_submission",
    "suspect",
    "valid",
    "cancelled",
]
ScoreSource = Literal["holdout", "command", "reported"]
Direction = Literal["min", "max"]
Phase = Literal["queued", "thinking", "writing", "waiting", "executing", "scoring", "done"]
ServerState = Literal["starting", "up", "asleep", "lost", "stopped", "failed"]


class Score(msgspec.Struct, frozen=True):
    """The task's metric on the search part of the hidden rows, with its standard error.

    `se` is None where it cannot be estimated (a reported score, a single row).
    """

    value: float
    se: float | None = None
    source: ScoreSource = "holdout"


class Tokens(msgspec.Struct, frozen=True):
    """Tokens by kind; a sum of samples is a `Tokens` too."""

    prompt: int = 0
    reasoning: int = 0
    answer: int = 0

    @property
    def total(self) -> int:
        """All tokens, the prompt's included."""
        return self.prompt + self.reasoning + self.answer

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.reasoning + other.reasoning, self.answer + other.answer)


def failure_kind(message: str) -> str:
    """Return what a failure has in common with others of its kind, such as the type of an exception."""
    return message.partition(":")[0].strip()[:60]


class Failures(msgspec.Struct):
    """How often scripts failed in one way: one verdict and one kind of failure; `example` is the newest message."""

    verdict: Verdict
    kind: str
    count: int = 0
    example: str = ""


class Candidate(msgspec.Struct):
    """One of several scripts that a node's strategy made to choose among; mutable, as `Node` is.

    `parent` is the candidate that it was forked from. `note` says why it won or lost, `cluster` numbers those that
    predict alike, from 0, and `weight` is what its cluster, or it alone, weighed. A verdict of None with a phase of
    `done` is a script that was never run.
    """

    number: int
    parent: int = 0
    phase: Phase = "queued"
    title: str = ""
    plan: str = ""
    verdict: Verdict | None = None
    message: str = ""
    score: Score | None = None
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    execution_seconds: float = 0.0
    note: str = ""
    cluster: int | None = None
    weight: float | None = None
    chosen: bool = False


class Step(msgspec.Struct, frozen=True):
    """What a part of a node's strategy did, in a line (`title`) and a few (`text`)."""

    candidate: int
    by: str
    title: str
    text: str


class Node(msgspec.Struct):
    """One script and what became of it; mutable, since the fold fills it event by event.

    `phase` tells what happens to it now; `verdict` is None until it is done. `seconds` are wall-clock from
    creation to verdict, `model_seconds` and `execution_seconds` the parts spent in each. `replicates` are the
    score's delete-group jackknife replicates (see `tasks.scoring`), not kept here but in `score.json`.
    `first_token_seconds`, `sampling_seconds`, `sample_tokens`, `finish`, `thinking_budget` and `server` are of its last
    sample. `costs` are tokens by what they were spent for (script, plan, critique, ...), `samples` and `executions` how
    often the model was asked and a script run. `cpu_seconds` and `output` (bytes printed) are sums over these runs,
    `peak_memory`, `gpu_memory` (bytes of the GPUs) and `disk` (in the work folder) the most that one of them took.
    `pruned` and `held` tell whether it lies in a branch that the user took out of the search, or paused.
    `candidates` is empty for a node that made one script after the other; `steps` are the last things that its
    strategy did.
    """

    id: int
    parents: tuple[int, ...]
    operator: Operator
    strategy: str
    reason: str
    seed: int
    by: Literal["policy", "user"] = "policy"
    instruction: str = ""
    created: float = 0.0
    phase: Phase = "queued"
    phase_since: float = 0.0
    title: str = ""
    plan: str = ""
    verdict: Verdict | None = None
    message: str = ""
    score: Score | None = None
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    seconds: float = 0.0
    model_seconds: float = 0.0
    execution_seconds: float = 0.0
    peak_memory: int = 0
    first_token_seconds: float | None = None
    sampling_seconds: float = 0.0
    sample_tokens: Tokens = msgspec.field(default_factory=Tokens)
    finish: str = ""
    thinking_budget: int | None = None
    server: str = ""
    samples: int = 0
    executions: int = 0
    cpu_seconds: float = 0.0
    output: int = 0
    disk: int = 0
    gpu_memory: int = 0
    costs: dict[str, Tokens] = msgspec.field(default_factory=dict)
    candidates: dict[int, Candidate] = msgspec.field(default_factory=dict)
    steps: list[Step] = msgspec.field(default_factory=list)
    chosen_by: str = ""
    children: list[int] = msgspec.field(default_factory=list)
    depth: int = 0
    pruned: bool = False
    held: bool = False

    def copy(self) -> Node:
        """Return a node in the same state, which the fold may change without changing this one."""
        other = copy(self)
        other.costs, other.steps, other.children = self.costs.copy(), self.steps.copy(), self.children.copy()
        if self.candidates:
            other.candidates = {number: copy(candidate) for number, candidate in self.candidates.items()}
        else:
            other.candidates = {}
        return other

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens that its last sample generated a second, from the first token on; None before there is one."""
        seconds = self.sampling_seconds - (self.first_token_seconds or 0.0)
        generated = self.sample_tokens.reasoning + self.sample_tokens.answer
        return generated / seconds if self.first_token_seconds is not None and seconds > 0 else None

    @property
    def done(self) -> bool:
        """Whether its verdict is in."""
        return self.verdict is not None

    @property
    def valid(self) -> bool:
        """Whether its script ran, its submission passed the check and it has a score."""
        return self.verdict == "valid" and self.score is not None

    @property
    def failure(self) -> str:
        """What its failure has in common with others of its kind: the message before its first colon, cut to 60."""
        return failure_kind(self.message)

    @property
    def buggy(self) -> bool:
        """Whether it is done without a usable score, in AIDE's sense; one that was cut short is neither."""
        return self.verdict not in (None, "valid", "cancelled", "killed")

    @property
    def cut_short(self) -> bool:
        """Whether it was ended from outside, by a budget or the user, so that nothing is known of its script."""
        return self.verdict in ("cancelled", "killed")
