"""The one interface behind which every model stands: a request in, a stream of deltas out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal, Protocol

import msgspec

from tui_aide.tasks.task import TaskView
from tui_aide.tree.node import Failures, Operator, Score, Tokens, Verdict


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation, as a chat model takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Attempt(msgspec.Struct, frozen=True):
    """A node as a prompt may tell of it: its script, what became of it and, of a parent, the end of its output."""

    node: int
    operator: Operator
    plan: str
    code: str
    verdict: Verdict
    message: str
    score: Score | None = None
    output_tail: str = ""
    debug_depth: int = 0
    instruction: str = ""


DEFAULT_DISK = 10 * 2**30
"""Bytes that a script's folder may come to hold."""


class ScriptPython(msgspec.Struct, frozen=True):
    """The Python that scripts run with: its program, its version such as `3.11.7`, and its packages with versions.

    `elsewhere` says that it is not on this machine, so that `path` is only a name; `modules` are then the top-level
    names of all that it can import, empty where these are not known.
    """

    path: str
    version: str
    packages: dict[str, str]
    elsewhere: bool = False
    modules: tuple[str, ...] = ()

    @property
    def release(self) -> tuple[int, int]:
        """Its version as (major, minor)."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


class Limits(msgspec.Struct, frozen=True):
    """What one run of a script may use: wall-clock seconds, bytes of memory (None: no limit), CPU threads.

    `gpu` says in words what it has of a GPU, such as `one NVIDIA H100 with 24 GB free`; empty for none. `disk` is the
    bytes that its folder may come to hold, and `network` whether it may use the network. `python` is None for the one
    that runs this.
    """

    seconds: float
    memory: int | None
    threads: int
    gpu: str = ""
    disk: int = DEFAULT_DISK
    network: bool = False
    python: ScriptPython | None = None


class Proposal(msgspec.Struct, frozen=True):
    """The facts behind a prompt, for a proposer that reads data instead of prose.

    A chat model sees `ChatRequest.messages`, which are written from these facts; the built-in proposer sees these.
    `memory` holds other nodes worth knowing, best first, bounded in number. `number` counts nodes of the session.
    `ancestors` are the parents of the first parent, nearest first, without their code; `failures` what failed more than
    once; `working` counts drafts that work: the more there are, the more a further one may dare. `hints` are what the
    user tells every script.
    """

    operator: Operator
    view: TaskView
    parents: tuple[Attempt, ...]
    memory: tuple[Attempt, ...]
    instruction: str
    limits: Limits
    number: int
    ancestors: tuple[Attempt, ...] = ()
    failures: tuple[Failures, ...] = ()
    working: int = 0
    hints: tuple[str, ...] = ()


Role = Literal["coder", "planner", "critic"]
"""What a model is asked to do; a user may give each role a model of its own."""


class Sampling(msgspec.Struct, frozen=True):
    """How completions are drawn.

    `max_tokens` counts thinking and answer together, None is the server's limit. `n` completions of one prompt are
    drawn side by side, the i-th from seed + i. `thinking_budget` are the tokens after which thinking is closed and the
    answer asked for; None leaves it to the model, but for what `max_tokens` must leave to the answer.
    """

    temperature: float = 0.6
    top_p: float = 0.95
    max_tokens: int | None = 32768
    seed: int = 0
    n: int = 1
    thinking_budget: int | None = None


class ChatRequest(msgspec.Struct, frozen=True):
    """Completions asked of a model.

    `schema` is a JSON schema that the answers (not the thinking) should follow; a server that can is made to.
    `thought` is thinking that the model goes on from, rather than beginning anew; only its continuation is streamed.
    """

    messages: tuple[Message, ...]
    proposal: Proposal
    sampling: Sampling
    request_id: str = ""
    role: Role = "coder"
    schema: dict[str, Any] | None = None
    thought: str = ""


class Delta(msgspec.Struct, frozen=True):
    """A piece of one choice's text; `tokens` is the exact count where the server tells it, else an estimate."""

    kind: Literal["reasoning", "answer"]
    text: str
    tokens: int = 1
    choice: int = 0


class Rethought(msgspec.Struct, frozen=True):
    """All that a choice had streamed as its answer so far turned out to be its reasoning."""

    choice: int = 0


class ThinkingEnd(msgspec.Struct, frozen=True):
    """A choice's thinking was closed from outside after `tokens`; its answer is asked for now."""

    tokens: int
    reason: str
    choice: int = 0


class Restart(msgspec.Struct, frozen=True):
    """A choice broke off and begins anew: all its deltas so far are void."""

    reason: str
    choice: int = 0


class Finish(msgspec.Struct, frozen=True):
    """The last item of one choice that ended in order; of `n` choices only one counts the prompt.

    `blank` is the engine's own reason: nothing came any more but blanks, so that it ended it.
    """

    reason: Literal["stop", "length", "abort", "blank"]
    tokens: Tokens
    choice: int = 0
    server: str = ""


StreamItem = Delta | Rethought | ThinkingEnd | Restart | Finish


class ChatModel(Protocol):
    """A model that streams completions. Cancelling the iteration must stop the generation."""

    @property
    def name(self) -> str:
        """What the screen and the journal call it."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        """Stream completions: deltas of all choices as they come, and exactly one `Finish` a choice.

        Raises:
            ModelError: the model cannot be reached or refused the request, after bounded retries.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
