"""The events of a search's end: the selection, the blend of the best nodes, the run with all labels. Pure data."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui_aide.tree.event import Event


class Candidate(msgspec.Struct, frozen=True):
    """A node that stood for selection, with its score on the search part and on the selection part."""

    node: int
    search: float
    selection: float


class SelectionMade(Event, frozen=True, kw_only=True):
    """The selection part of the hidden rows was looked at, once, to choose among the top nodes."""

    candidates: tuple[Candidate, ...]
    node: int
    gap: float
    reason: str


class Member(msgspec.Struct, frozen=True):
    """A node of an ensemble and its weight; the weights sum to 1."""

    node: int
    weight: float


class EnsembleMade(Event, frozen=True, kw_only=True):
    """A blend of the best nodes was compared with the selected one on the selection part, and kept or not.

    `gain` is the paired difference to the `selected` node there, in the metric's good direction, `se` its standard
    error. What cannot be told, as where there is nothing to blend, is None.
    """

    candidates: tuple[int, ...]
    selected: int
    members: tuple[Member, ...]
    search: float | None
    selection: float | None
    gain: float | None
    se: float | None
    kept: bool
    reason: str
    seconds: float = 0.0


RefitOutcome = Literal["kept", "disagrees", "failed", "stopped", "skipped"]


class RefitStarted(Event, frozen=True, kw_only=True):
    """The selected node's script begins to run once more, with the labels of all rows."""

    node: int


class Refitted(Event, frozen=True, kw_only=True):
    """What became of the selected node's run with all labels; only where it is `kept` is its submission handed in.

    `agreement` tells how far its predictions are those from before: 1 is the same; below `least` it is refused.
    `seconds` are those of execution.
    """

    node: int
    kept: bool
    outcome: RefitOutcome
    agreement: float | None
    least: float | None
    seconds: float
    reason: str
