"""What the search and the process that is connected to the cluster tell each other: a line of JSON each."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.execution.executor import Execution, Outcome, Place, Usage
from tui_aide.execution.interpreter import Interpreter


class Connect(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The first command: which cluster, and how scripts run there.

    Attributes:
        address: `HOST:PORT`, or `auto` for the cluster that this machine is a node of.
        python: the scripts' interpreter on each node; None for that of Ray's workers.
        sandbox: as `--sandbox` has it.
        gpus: GPUs that Ray is to reserve for one script, or a share of one; None for as many as the run names.
        reserve_memory: whether Ray is to reserve a script's memory limit; else its limit is its CPUs' share of a node.
    """

    address: str
    python: str | None = None
    sandbox: str = "auto"
    gpus: float | None = None
    reserve_memory: bool = True


class Run(msgspec.Struct, frozen=True, tag=True):
    """Run a script; the answers carry the number."""

    number: int
    execution: Execution


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End a run."""

    number: int
    reason: Literal["killed", "cancelled"]


Command = Connect | Run | Stop


class Connected(msgspec.Struct, frozen=True, tag=True):
    """The cluster is there and each node can run scripts, with this Python or one that has what it has."""

    place: Place
    interpreter: Interpreter


class Failed(msgspec.Struct, frozen=True, tag=True):
    """There is no cluster, or it can run no scripts; why, in one line."""

    message: str


class Used(msgspec.Struct, frozen=True, tag=True):
    """What a running script uses."""

    number: int
    usage: Usage


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A run has ended."""

    number: int
    outcome: Outcome


class Unstarted(msgspec.Struct, frozen=True, tag=True):
    """A script could not be started; why, in one line."""

    number: int
    message: str


Answer = Connected | Failed | Used | Ended | Unstarted
