"""The event that begins a session's own life after the events that it shares with another. Pure data."""

from __future__ import annotations

from tui_aide.tree.budget import Budget
from tui_aide.tree.event import Event


class SessionForked(Event, frozen=True, kw_only=True):
    """All before this happened in the session `parent`; from here on this is a session of its own.

    `node` is the one after whose end the fork was made, None for all that the parent had done. `left_out` are its
    nodes that were in flight then and are not here. `wall_seconds` is how long the parent had run by then; the settings
    are those from now on. `selections` tells how often
    the selection part was looked at in the parent, also after the fork's place; `handed_in` whether the blend or the
    refit that the parent had kept came along.
    """

    session: str
    parent: str
    node: int | None
    model: str
    strategy: str
    policy: str
    budget: Budget
    workers: int
    slots: int
    seed: int
    wall_seconds: float
    left_out: tuple[int, ...] = ()
    selections: int = 0
    handed_in: bool = False
