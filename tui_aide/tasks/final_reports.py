"""What the scoring process answers at the end of a search: of an ensemble, and of a run with all labels. Data only."""

from __future__ import annotations

import msgspec


class EnsembleReport(msgspec.Struct, frozen=True):
    """A blend of nodes, compared with the selected node.

    Attributes:
        weights: one a node, summing to 1; all 0 where no blend was found.
        kept: whether it beats the selected node on the selection part by more than one standard error.
        reason: why it is kept or not, in words.
        search: the blend's metric on the search part; None where there is no blend.
        selection: its metric on the selection part, which is looked at for the blend alone.
        gain: the paired difference to the selected node there, positive where the blend is better.
        se: the standard error of that difference; None where it cannot be told.
        seconds: how long it took.
    """

    weights: tuple[float, ...]
    kept: bool
    reason: str
    search: float | None = None
    selection: float | None = None
    gain: float | None = None
    se: float | None = None
    seconds: float = 0.0


class RefitReport(msgspec.Struct, frozen=True):
    """A submission from a run with all labels, compared with the one from before.

    Attributes:
        kept: whether they agree.
        agreement: 1 where they are the same, 0 where they are a spread or more apart; see `agreement.agree`.
        least: the agreement that is asked for.
        reason: why it is kept or not, in words.
    """

    kept: bool
    agreement: float
    least: float
    reason: str
