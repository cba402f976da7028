"""One figure of a benchmark: what was measured, beside a peer or a limit of the same run, and how far it varied."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec

Verdict = Literal["ok", "missed", "failed", ""]


class Unavailable(Exception):
    """What a benchmark needs is not on this machine; the message says what, and how to get it."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table.

    Attributes:
        name: of the benchmark, as `python -m benchmarks list` has it; the conductor fills it in.
        what: the quantity, in words.
        figure: ours; None where nothing came of it, and `failed` says why.
        unit: of the figure and its spread.
        peer: whose figure stands below the ratio's line; empty without one.
        peer_figure: in the same unit.
        ratio: the figure over the peer's, unless `what` says otherwise.
        limit: of the ratio where there is one, else of the figure.
        bound: whether the limit is the most or the least that is allowed.
        spread: smallest and largest of the rounds, in the unit.
        remark: what happened, in words.
        failed: why there is no figure.
        quick: taken with fewer rounds or less work.
        load_before: of the machine, as a minute's average; `load_after` the same.
        seconds: that the whole benchmark took.
        run: number of the run it comes from, for its machine, versions and date.
    """

    what: str
    name: str = ""
    figure: float | None = None
    unit: str = ""
    peer: str = ""
    peer_figure: float | None = None
    ratio: float | None = None
    limit: float | None = None
    bound: Literal["most", "least"] = "most"
    spread: tuple[float, float] | None = None
    remark: str = ""
    failed: str = ""
    quick: bool = False
    load_before: float = 0.0
    load_after: float = 0.0
    seconds: float = 0.0
    run: int = 0

    @property
    def verdict(self) -> Verdict:
        """Whether the limit is kept; empty where there is none."""
        if self.failed:
            return "failed"
        held = self.ratio if self.ratio is not None else self.figure
        if self.limit is None or held is None:
            return ""
        kept = held <= self.limit if self.bound == "most" else held >= self.limit
        return "ok" if kept else "missed"


def measured(
    what: str,
    values: Sequence[float],
    unit: str,
    *,
    limit: float | None = None,
    bound: Literal["most", "least"] = "most",
    remark: str = "",
) -> Result:
    """Return the median of the rounds' figures beside a limit."""
    return Result(
        what=what,
        figure=statistics.median(values),
        unit=unit,
        limit=limit,
        bound=bound,
        spread=(min(values), max(values)) if len(values) > 1 else None,
        remark=remark,
    )


def compared(
    what: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    unit: str,
    peer: str,
    *,
    limit: float | None = None,
    bound: Literal["most", "least"] = "most",
    inverse: bool = False,
    remark: str = "",
) -> Result:
    """Return the medians of both and their ratio.

    Args:
        what: the quantity.
        ours: a figure a round.
        theirs: the peer's, of the same rounds.
        unit: of both.
        peer: its name.
        limit: of the ratio.
        bound: whether that is the most or the least.
        inverse: the ratio is the peer's figure over ours, as for a speed-up told in seconds.
        remark: in words.
    """
    a, b = statistics.median(ours), statistics.median(theirs)
    over, under = (b, a) if inverse else (a, b)
    return Result(
        what=what,
        figure=a,
        unit=unit,
        peer=peer,
        peer_figure=b,
        ratio=over / under if under else None,
        limit=limit,
        bound=bound,
        spread=(min(ours), max(ours)) if len(ours) > 1 else None,
        remark=remark,
    )
