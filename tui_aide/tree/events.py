"""The events of a search: what the journal holds and every viewer folds. Pure data.

The journal's format is versioned by `FORMAT`; an event type is never changed in place, only added, or given a further
field with a default.
Streamed text is not an event: it goes to the node's own files.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.tree.budget import Budget as Budget
from tui_aide.tree.event import Event as Event
from tui_aide.tree.final_events import Candidate as Candidate
from tui_aide.tree.final_events import EnsembleMade as EnsembleMade
from tui_aide.tree.final_events import Member as Member
from tui_aide.tree.final_events import RefitOutcome as RefitOutcome
from tui_aide.tree.final_events import RefitStarted as RefitStarted
from tui_aide.tree.final_events import Refitted as Refitted
from tui_aide.tree.final_events import SelectionMade as SelectionMade
from tui_aide.tree.fork_events import SessionForked as SessionForked
from tui_aide.tree.node import Direction, Operator, Score, ServerState, Tokens, Verdict
from tui_aide.tree.steering_events import BranchPaused as BranchPaused
from tui_aide.tree.steering_events import BranchUnpaused as BranchUnpaused
from tui_aide.tree.steering_events import CommandReceived as CommandReceived
from tui_aide.tree.steering_events import HintDropped as HintDropped
from tui_aide.tree.steering_events import HintGiven as HintGiven
from tui_aide.tree.steering_events import ModelChanged as ModelChanged
from tui_aide.tree.steering_events import Paused as Paused
from tui_aide.tree.steering_events import Pinned as Pinned
from tui_aide.tree.steering_events import PolicyChanged as PolicyChanged
from tui_aide.tree.steering_events import Pruned as Pruned
from tui_aide.tree.steering_events import Restored as Restored
from tui_aide.tree.steering_events import StrategyChanged as StrategyChanged
from tui_aide.tree.steering_events import StreamsChanged as StreamsChanged
from tui_aide.tree.steering_events import Unpaused as Unpaused
from tui_aide.tree.steering_events import Unpinned as Unpinned

FORMAT = 2
"""Version of the journal's format: that of the first event is in force until a `SessionResumed` names another.

Format 2 has the types of events that tell of steering single branches, hints, models and streams.
"""


class SessionStarted(Event, frozen=True, kw_only=True):
    """The first event: what is searched for, and how."""

    format: int = FORMAT
    session: str
    task: str
    metric: str
    direction: Direction
    model: str
    strategy: str
    policy: str
    budget: Budget
    workers: int
    slots: int
    seed: int
    version: str


class SessionResumed(Event, frozen=True, kw_only=True):
    """A runner took the session up again, after a finish, a stop or a death; its lines are of `format` from here on."""

    format: int = 1
    budget: Budget
    model: str
    workers: int
    slots: int
    restarted: tuple[int, ...] = ()


class NodeCreated(Event, frozen=True, kw_only=True):
    """The policy, or the user, decided on a node; `reason` says why in words."""

    node: int
    parents: tuple[int, ...]
    operator: Operator
    strategy: str
    reason: str
    seed: int
    by: Literal["policy", "user"] = "policy"
    instruction: str = ""


class NodeRestarted(Event, frozen=True, kw_only=True):
    """A node that was in flight when the runner died starts again; what it had is void."""

    node: int


class SampleStarted(Event, frozen=True, kw_only=True):
    """A completion of the model begins to stream into the node's `reasoning.md`."""

    node: int
    sample: int
    model: str
    candidate: int = 0
    purpose: str = "script"


class AnswerStarted(Event, frozen=True, kw_only=True):
    """The model closed its thinking and writes its answer."""

    node: int
    sample: int
    candidate: int = 0


class SampleRestarted(Event, frozen=True, kw_only=True):
    """A completion broke off and begins anew, maybe at another server; what it had streamed is void."""

    node: int
    sample: int
    reason: str
    candidate: int = 0


class ThinkingClosed(Event, frozen=True, kw_only=True):
    """The thinking budget was spent, or the context, so the thinking was closed and the answer asked for."""

    node: int
    sample: int
    tokens: int
    reason: str
    candidate: int = 0


class SampleFinished(Event, frozen=True, kw_only=True):
    """A completion ended: its tokens, seconds (whole, and to the first token) and finish reason.

    `thinking_budget` are the tokens that its thinking might have had, None for no limit; `server` is the address.
    `purpose` is what it was for: a script, a plan, a critique, ...; `candidate` whose script it was to be.
    """

    node: int
    sample: int
    tokens: Tokens
    seconds: float
    first_token_seconds: float
    finish: str
    thinking_budget: int | None = None
    server: str = ""
    candidate: int = 0
    purpose: str = "script"


class CodeChecked(Event, frozen=True, kw_only=True):
    """The script was extracted and checked, before any execution; `ok` is False when it can't be run."""

    node: int
    ok: bool
    title: str
    plan: str
    lines: int = 0
    message: str = ""
    candidate: int = 0


class ExecutionStarted(Event, frozen=True, kw_only=True):
    """The script's process started in an execution slot; `fold` of `folds` counts from 0."""

    node: int
    slot: int
    threads: int
    fold: int = 0
    folds: int = 1
    candidate: int = 0


class ExecutionFinished(Event, frozen=True, kw_only=True):
    """The script's process ended. `reason` is as `execution.executor.EndReason` has it.

    `output` are the bytes that it printed, `disk` the most that its folder was seen to hold, `gpu_memory` the most that
    its processes were seen to hold of the GPUs.
    """

    node: int
    reason: str
    returncode: int | None
    seconds: float
    peak_memory: int
    fold: int = 0
    candidate: int = 0
    cpu_seconds: float = 0.0
    output: int = 0
    disk: int = 0
    gpu_memory: int = 0


class CandidatesForked(Event, frozen=True, kw_only=True):
    """A strategy's part (`by`) makes several candidates of one node side by side; the first is `candidate` itself."""

    node: int
    candidate: int
    candidates: tuple[int, ...]
    by: str


class CandidateFinished(Event, frozen=True, kw_only=True):
    """What became of one of a node's candidates: its verdict (None: a script, not run) and score."""

    node: int
    candidate: int
    verdict: Verdict | None
    message: str
    score: Score | None = None


class Standing(msgspec.Struct, frozen=True):
    """How one candidate came off in a comparison: why it won or lost, its cluster's number and its weight."""

    candidate: int
    note: str
    cluster: int | None = None
    weight: float | None = None


class CandidateChosen(Event, frozen=True, kw_only=True):
    """A strategy's part chose among a node's candidates; `standings` come best first."""

    node: int
    chosen: int
    by: str
    reason: str
    standings: tuple[Standing, ...]


class StepTaken(Event, frozen=True, kw_only=True):
    """What a strategy's part did for a candidate: a plan, a critique, a correction, in at most 600 letters."""

    node: int
    by: str
    title: str
    text: str = ""
    candidate: int = 0


class NodeFinished(Event, frozen=True, kw_only=True):
    """The node's verdict, score and cost. Only this makes a node count as done."""

    node: int
    verdict: Verdict
    message: str
    score: Score | None
    tokens: Tokens
    seconds: float
    model_seconds: float
    execution_seconds: float
    peak_memory: int = 0


class IncumbentChanged(Event, frozen=True, kw_only=True):
    """A node is the best now. `gain` is the paired difference to the one before, in the metric's good direction."""

    node: int
    score: Score
    previous: int | None
    gain: float | None
    gain_se: float | None
    reason: str


class ChallengerRejected(Event, frozen=True, kw_only=True):
    """A valid node looked better than the incumbent, but not by more than one standard error."""

    node: int
    incumbent: int
    gain: float
    gain_se: float | None
    reason: str


class BudgetChanged(Event, frozen=True, kw_only=True):
    """The budget from now on."""

    budget: Budget
    reason: str


class Notice(Event, frozen=True, kw_only=True):
    """Something a user should know: a retry, a lost server, a full disk."""

    level: Literal["info", "warning", "error"]
    message: str


class ServerChanged(Event, frozen=True, kw_only=True):
    """A model server's state from now on, and why: it starts, is up, sleeps, was lost, is back."""

    server: str
    state: ServerState
    detail: str = ""


class GpuHandedOver(Event, frozen=True, kw_only=True):
    """The GPU goes from thinking to training or back; `seconds` it took, `freed` bytes where they are known."""

    to: Literal["thinking", "training"]
    reason: str
    seconds: float
    freed: int | None = None


class ScriptsPlaced(Event, frozen=True, kw_only=True):
    """Where scripts run from now on; what to be warned of there, and the one step to a stronger place.

    `python` is the version of their interpreter, and `packages` the versions of the packages it is known to have.
    """

    words: str
    warning: str = ""
    remedy: str = ""
    python: str = ""
    packages: dict[str, str] = msgspec.field(default_factory=dict)


class SessionFinished(Event, frozen=True, kw_only=True):
    """The search ended; `status` says how, `reason` why in words."""

    status: Literal["finished", "stopped", "failed"]
    reason: str


AnyEvent = (
    SessionStarted
    | SessionResumed
    | SessionForked
    | NodeCreated
    | NodeRestarted
    | SampleStarted
    | AnswerStarted
    | SampleRestarted
    | ThinkingClosed
    | SampleFinished
    | CodeChecked
    | ExecutionStarted
    | ExecutionFinished
    | CandidatesForked
    | CandidateFinished
    | CandidateChosen
    | StepTaken
    | NodeFinished
    | IncumbentChanged
    | ChallengerRejected
    | CommandReceived
    | StrategyChanged
    | PolicyChanged
    | Paused
    | Unpaused
    | BranchPaused
    | BranchUnpaused
    | Pruned
    | Restored
    | Pinned
    | Unpinned
    | HintGiven
    | HintDropped
    | ModelChanged
    | StreamsChanged
    | BudgetChanged
    | Notice
    | ServerChanged
    | GpuHandedOver
    | ScriptsPlaced
    | SelectionMade
    | EnsembleMade
    | RefitStarted
    | Refitted
    | SessionFinished
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """Return the event as one JSON line, with its newline."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> AnyEvent:
    """Return the event that a journal line holds.

    Raises:
        msgspec.DecodeError: the line is not one of our events (torn, or of a newer format).
    """
    return _decoder.decode(line)
