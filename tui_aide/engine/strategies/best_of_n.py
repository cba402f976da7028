"""The `best-of-n` strategy: several candidates are run, and the best score wins (Brown et al., 2024)."""

from __future__ import annotations

from collections.abc import Sequence

from tui_aide.engine.spec import require
from tui_aide.engine.strategies.race import Entry, Race, furthest
from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy
from tui_aide.tree.events import Standing


class BestOfN(Strategy):
    """Makes candidates side by side and keeps the one with the best score on the search part.

    With `agree`, it begins with as many and makes further ones only until so many valid ones lie within one standard
    error of the best: a node that needs few candidates costs few.

    Args:
        n: candidates at most, 1..32.
        agree: valid candidates within one standard error that are enough, 1..32; 0 makes all n.
        keep: candidates that go on to their execution, those whose scripts come first (the others are cancelled, on
            the model server too); 0 for all. Which come first depends on time, also in a sequential search.
    """

    name = "best-of-n"
    cost = "up to n samples, up to n executions"
    good_for = "weak models: at 25 % working scripts, 5 samples hold a working one in 76 % of the cases"
    source = "Brown et al., Large Language Monkeys, 2024; Li et al., Early-Stopping Self-Consistency, 2024"

    def __init__(self, n: int = 4, agree: int = 0, keep: int = 0) -> None:
        require("n", n, 1, 32)
        require("agree", agree, 0, n)
        require("keep", keep, 0, n)
        self.n = n
        self.agree = agree
        self.keep = keep

    async def make(self, desk: Desk, inner: Maker) -> Result:
        """Return the result of the best candidate."""
        if self.n == 1:
            return await inner(desk)
        first = self.agree or self.n
        entries = await self._race(desk.fork(first, self.name), inner)
        while len(entries) < self.n and not self._agreed([e.result for e in entries], desk.minimize):
            if any(e.result.verdict == "cancelled" and not e.stopped for e in entries):
                break  # a budget ended: further ones would only ask for scripts that are never run
            more = min(first, self.n - len(entries))
            fresh = desk.fork(more + 1, self.name)[1:]
            entries += await self._race(fresh, inner)
        return choose_by_score(desk, entries, self.name)

    async def _race(self, desks: Sequence[Desk], inner: Maker) -> list[Entry]:
        return await Race(inner, keep=min(self.keep, len(desks)) or None).run(desks)

    def _agreed(self, results: Sequence[Result], minimize: bool) -> bool:
        reports = [r.report for r in results if r.verdict == "valid" and r.report is not None]
        if len(reports) < max(1, self.agree):
            return False
        best = min(reports, key=lambda r: r.value if minimize else -r.value)
        return sum(abs(r.value - best.value) <= (best.se or 0.0) for r in reports) >= self.agree


def choose_by_score(desk: Desk, entries: Sequence[Entry], by: str) -> Result:
    """Go on with the candidate of the best score, or, if none is valid, with the one that came furthest."""
    sign = 1.0 if desk.minimize else -1.0
    valid = [e for e in entries if e.result.verdict == "valid" and e.result.report is not None]
    ranked = sorted(valid, key=lambda e: sign * _value(e))
    best = ranked[0] if ranked else furthest(entries)
    others = [e for e in entries if e not in ranked]
    standings = []
    for place, entry in enumerate(ranked, 1):
        gap = abs(_value(entry) - _value(best))
        note = f"the best score of {len(ranked)} valid ones" if place == 1 else f"{gap:.4g} behind the best"
        standings.append(Standing(entry.desk.number, note))
    standings += [Standing(e.desk.number, f"{e.result.verdict}: {e.result.message}"[:200]) for e in others]
    if ranked:
        reason = f"the best of {len(ranked)} valid candidates, of {len(entries)} made"
    else:
        reason = f"none of {len(entries)} candidates is valid; this one came furthest"
    desk.choose(best.desk, by, reason, standings)
    return best.result


def _value(entry: Entry) -> float:
    assert entry.result.report is not None
    return entry.result.report.value
