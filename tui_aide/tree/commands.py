"""What a viewer may ask of a running search. Pure data; `engine` decides and answers in words."""

from __future__ import annotations

from typing import Literal

import msgspec


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", tag=str.lower):
    by: str = "user"


class Pause(_Command, frozen=True, kw_only=True):
    """Start no new node; let what runs end."""


class Resume(_Command, frozen=True, kw_only=True):
    """Go on after a pause."""


class Branch(_Command, frozen=True, kw_only=True):
    """Make a child of `node` that follows the user's own instruction."""

    node: int
    instruction: str


class Edit(_Command, frozen=True, kw_only=True):
    """Run the user's own version of `node`'s script as a new child; the original stays as it is."""

    node: int
    code: str


class SetBudget(_Command, frozen=True, kw_only=True, tag="set-budget"):
    """Replace the limits that are given; None leaves one as it is. Times in seconds."""

    nodes: int | None = None
    tokens: int | None = None
    execution_seconds: float | None = None
    wall_seconds: float | None = None


class Stop(_Command, frozen=True, kw_only=True):
    """End the search: `now` cancels what runs, else it may end first."""

    now: bool = True


Command = Pause | Resume | Branch | Edit | SetBudget | Stop


class Reply(msgspec.Struct, frozen=True):
    """The engine's answer to a command: done or not, and why, in words."""

    accepted: bool
    message: str


class RunningNode(msgspec.Struct, frozen=True):
    """What one node in flight does now. `tokens_per_second` while the model streams; memory in bytes."""

    node: int
    phase: Literal["queued", "thinking", "writing", "waiting", "executing", "scoring"]
    seconds: float
    tokens: int = 0
    tokens_per_second: float = 0.0
    memory: int = 0


class Progress(msgspec.Struct, frozen=True):
    """A snapshot of the runner, pushed to attached viewers a few times a second; never journaled."""

    running: tuple[RunningNode, ...]
    paused: bool
    wall_seconds: float
    execution_seconds: float
    tokens_per_second: float
    cpu_percent: float = 0.0
    memory: int = 0
