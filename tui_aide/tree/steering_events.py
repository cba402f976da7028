"""The events by which users steer a search: what is pruned, held, pinned, told and changed from then on. Pure data."""

from __future__ import annotations

from typing import Any

from tui_aide.tree.event import Event


class CommandReceived(Event, frozen=True, kw_only=True):
    """A steering command and what came of it."""

    command: str
    arguments: dict[str, Any]
    by: str
    accepted: bool
    result: str


class StrategyChanged(Event, frozen=True, kw_only=True):
    """New nodes are made by another strategy from now on."""

    strategy: str


class PolicyChanged(Event, frozen=True, kw_only=True):
    """Another policy chooses from now on."""

    policy: str


class Paused(Event, frozen=True, kw_only=True):
    """No new node starts; what runs goes on to its end."""


class Unpaused(Event, frozen=True, kw_only=True):
    """The search goes on after a pause."""


class BranchPaused(Event, frozen=True, kw_only=True):
    """The policy makes no new node of `node` or of what is below it, until it goes on; what runs there ends."""

    node: int


class BranchUnpaused(Event, frozen=True, kw_only=True):
    """The policy may work on the branch of `node` again."""

    node: int


class Pruned(Event, frozen=True, kw_only=True):
    """`node` and all below it are as if they had never been: for the policy, the prompts and the choice of the best."""

    node: int


class Restored(Event, frozen=True, kw_only=True):
    """The branch of `node` counts again."""

    node: int


class Pinned(Event, frozen=True, kw_only=True):
    """The policy keeps working on `node` and what is below it."""

    node: int


class Unpinned(Event, frozen=True, kw_only=True):
    """The policy is free again of `node`."""

    node: int


class HintGiven(Event, frozen=True, kw_only=True):
    """Every prompt from now on holds the user's hint; `hint` numbers it."""

    hint: int
    text: str


class HintDropped(Event, frozen=True, kw_only=True):
    """No prompt from now on holds the hint."""

    hint: int


class ModelChanged(Event, frozen=True, kw_only=True):
    """New nodes are made with another model; `urls` are its servers, none for the built-in proposer."""

    model: str
    urls: tuple[str, ...] = ()


class StreamsChanged(Event, frozen=True, kw_only=True):
    """How many samples stream (`workers`) and how many scripts run (`slots`) at once from now on."""

    workers: int
    slots: int
