"""What a viewer may ask of a running search. Pure data; `engine` decides and answers in words."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.tree.node import ServerState


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", tag=str.lower):
    by: str = "user"


class Pause(_Command, frozen=True, kw_only=True):
    """Start no new node, or with `node` none in its branch; let what runs end."""

    node: int | None = None


class Resume(_Command, frozen=True, kw_only=True):
    """Go on after a pause of all, or of the branch of `node`."""

    node: int | None = None


class Branch(_Command, frozen=True, kw_only=True):
    """Make a child of `node` that follows the user's own instruction, or several alike (`samples`, 1 to 16)."""

    node: int
    instruction: str
    samples: int = 1


class Edit(_Command, frozen=True, kw_only=True):
    """Run the user's own version of `node`'s script as a new child; the original stays as it is."""

    node: int
    code: str


class Retry(_Command, frozen=True, kw_only=True):
    """Make a node once more as `node` was made: same operator, parents and instruction, other chance."""

    node: int


class Prune(_Command, frozen=True, kw_only=True):
    """Take `node` and all below it out of the search; what runs there is ended. `Restore` undoes it."""

    node: int


class Restore(_Command, frozen=True, kw_only=True):
    """Take the branch of `node`, which was pruned, into the search again."""

    node: int


class Pin(_Command, frozen=True, kw_only=True):
    """Have the policy keep working on `node` and what is below it."""

    node: int


class Unpin(_Command, frozen=True, kw_only=True):
    """Let the policy choose freely again."""

    node: int


class Hint(_Command, frozen=True, kw_only=True):
    """Put a hint into every prompt from now on."""

    text: str


class DropHint(_Command, frozen=True, kw_only=True, tag="drop-hint"):
    """Put a hint, by its number, into no further prompt."""

    hint: int


class Kill(_Command, frozen=True, kw_only=True):
    """End what `node`, or one of its candidates, does now: its script, else its sample, else its wait.

    The verdict of what was ended is `killed`.
    """

    node: int
    candidate: int | None = None


class SetBudget(_Command, frozen=True, kw_only=True, tag="set-budget"):
    """Replace the limits that are given; None leaves one as it is. Times in seconds."""

    nodes: int | None = None
    tokens: int | None = None
    execution_seconds: float | None = None
    wall_seconds: float | None = None


class SetStrategy(_Command, frozen=True, kw_only=True, tag="set-strategy"):
    """Make new nodes by another strategy, given as its spec or as a preset (whose policy comes with it)."""

    spec: str


class SetPolicy(_Command, frozen=True, kw_only=True, tag="set-policy"):
    """Let another policy choose, given as its spec."""

    spec: str


class SetModel(_Command, frozen=True, kw_only=True, tag="set-model"):
    """Make new nodes with another model, at the servers of before or at `base_url`."""

    model: str
    base_url: str | None = None


class SetStreams(_Command, frozen=True, kw_only=True, tag="set-streams"):
    """Let so many samples stream (`workers`) and so many scripts run (`slots`) at once; None leaves one as it is."""

    workers: int | None = None
    slots: int | None = None


class Stop(_Command, frozen=True, kw_only=True):
    """End the search: `now` cancels what runs, else it may end first."""

    now: bool = True


Command = (
    Pause
    | Resume
    | Branch
    | Edit
    | Retry
    | Prune
    | Restore
    | Pin
    | Unpin
    | Hint
    | DropHint
    | Kill
    | SetBudget
    | SetStrategy
    | SetPolicy
    | SetModel
    | SetStreams
    | Stop
)


class Reply(msgspec.Struct, frozen=True):
    """The engine's answer to a command: done or not, and why, in words."""

    accepted: bool
    message: str


class RunningNode(msgspec.Struct, frozen=True):
    """What one node in flight does now. `tokens_per_second` while the model streams; memory, output and disk in bytes.

    `scripts` counts those that run now; `script_seconds` are those of the oldest of them, `limit` what it may take.
    `cpu_percent` is of one core; it, `memory`, `gpu_memory` (of the GPUs), `output` and `disk` are sums over these
    scripts, `peak_memory` and `peak_gpu_memory` the most that they used. `reasoning` counts those of `tokens` that are
    thinking; `thinking_budget` is their limit, None for no limit. `first_token_seconds` is None until the sample's
    first token came.
    """

    node: int
    phase: Literal["queued", "thinking", "writing", "waiting", "executing", "scoring"]
    seconds: float
    tokens: int = 0
    tokens_per_second: float = 0.0
    memory: int = 0
    reasoning: int = 0
    thinking_budget: int | None = None
    first_token_seconds: float | None = None
    scripts: int = 0
    script_seconds: float = 0.0
    limit: float = 0.0
    cpu_percent: float = 0.0
    peak_memory: int = 0
    output: int = 0
    disk: int = 0
    gpu_memory: int = 0
    peak_gpu_memory: int = 0


class ServerStatus(msgspec.Struct, frozen=True):
    """A model server as the runner sees it now; a figure is None where the server does not tell it.

    Attributes:
        url: its address.
        model: what it serves, or is to serve.
        state: what it does; `since` (seconds since 1970) when that began, `detail` why, in words.
        load: how far its start is, 0..1.
        running: requests that it generates for, and `waiting` those in its queue, other clients' included.
        prompt_rate: tokens of prompts a second over the last seconds, and `generation_rate` those generated.
        kv_use: share of the KV cache in use, 0..1.
        prefix_hits: share of prompt tokens that the prefix cache served, 0..1, since the server's start.
        queue_seconds: mean time in the queue of the requests of the last minute.
        first_token_seconds: their mean time to the first token.
    """

    url: str
    model: str
    state: ServerState
    since: float = 0.0
    detail: str = ""
    load: float | None = None
    running: int | None = None
    waiting: int | None = None
    prompt_rate: float | None = None
    generation_rate: float | None = None
    kv_use: float | None = None
    prefix_hits: float | None = None
    queue_seconds: float | None = None
    first_token_seconds: float | None = None


class GpuUse(msgspec.Struct, frozen=True):
    """One GPU of the runner's machine: share of time it was busy (0..1), bytes in use and in all, degrees Celsius."""

    index: int
    name: str
    memory_used: int
    memory_total: int
    busy: float | None = None
    celsius: float | None = None


class Progress(msgspec.Struct, frozen=True):
    """A snapshot of the runner, pushed to attached viewers a few times a second; never journaled.

    `cpu_percent` is of all cores of the runner's machine, `memory` and `memory_total` are its bytes in use and in all;
    `gpu_for` tells who has the GPU where thinking and training take turns on it.
    """

    running: tuple[RunningNode, ...]
    paused: bool
    wall_seconds: float
    execution_seconds: float
    tokens_per_second: float
    cpu_percent: float = 0.0
    memory: int = 0
    servers: tuple[ServerStatus, ...] = ()
    gpus: tuple[GpuUse, ...] = ()
    gpu_for: Literal["", "thinking", "training"] = ""
    memory_total: int = 0
