"""The `self-consistency` strategy: candidates that predict alike vote together (Wang et al., 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tui_aide.engine.spec import require
from tui_aide.engine.strategies.agreement import clusters, likeness, medoid
from tui_aide.engine.strategies.best_of_n import choose_by_score
from tui_aide.engine.strategies.race import Entry, Race
from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy
from tui_aide.tree.events import Standing


class SelfConsistency(Strategy):
    """Makes candidates side by side; valid ones whose predictions for the hidden rows agree form clusters.

    The node is the medoid of the cluster that weighs most. A candidate weighs by its place among the scores, the worst
    1, the next 2 and so on, and a cluster as much as its members: many votes for good scores.

    Args:
        n: candidates, 1..32.
        agreement: how alike two candidates' predictions must be to count as one opinion, 0..1: the share of equal
            labels, or the concordance of values and probabilities.
        select: vote chooses as said, score takes the best score, first takes the first valid one and cancels the rest.
        keep: candidates that go on to their execution, those whose scripts come first (short-m@k); 0 for all. What
            comes first depends on time, also in a sequential search.
    """

    name = "self-consistency"
    cost = "n samples, up to n executions"
    good_for = "noisy scores: many samples of one idea outvote a lucky one"
    source = "Wang et al., Self-Consistency, 2022; Shi et al., MBR-Exec, 2022; Li et al., AlphaCode, 2022"

    def __init__(
        self, n: int = 5, agreement: float = 0.9, select: Literal["vote", "score", "first"] = "vote", keep: int = 0
    ) -> None:
        require("n", n, 1, 32)
        require("agreement", agreement, 0, 1)
        require("keep", keep, 0, n)
        self.n = n
        self.agreement = agreement
        self.select = select
        self.keep = keep

    async def make(self, desk: Desk, inner: Maker) -> Result:
        """Return the result of the candidate that was voted for."""
        if self.n == 1:
            return await inner(desk)
        desks = desk.fork(self.n, self.name)
        enough = _first_valid if self.select == "first" else None
        entries = await Race(inner, keep=self.keep or None, enough=enough).run(desks)
        return self._vote(desk, entries) if self.select == "vote" else choose_by_score(desk, entries, self.name)

    def _vote(self, desk: Desk, entries: list[Entry]) -> Result:
        sign = 1.0 if desk.minimize else -1.0
        voters = []
        for entry in entries:
            predictions = entry.desk.predictions() if entry.result.verdict == "valid" else None
            if predictions is not None and entry.result.report is not None:
                voters.append((entry, predictions, sign * entry.result.report.value))
        if len(voters) < 2:
            return choose_by_score(desk, entries, self.name)
        alike = likeness([p for _, p, _ in voters], labels=desk.proposal.view.kind in ("labels", "texts"))
        order = sorted(range(len(voters)), key=lambda i: voters[i][2])
        weights = {i: float(len(voters) - place) for place, i in enumerate(order)}
        groups = clusters(alike, self.agreement)
        heaviest = max(groups, key=lambda g: (sum(weights[i] for i in g), -min(g)))
        winner = medoid(alike, heaviest)
        notes = {}
        for number, group in enumerate(sorted(groups, key=lambda g: (-sum(weights[i] for i in g), min(g)))):
            weight = sum(weights[i] for i in group)
            for i in group:
                entry = voters[i][0]
                if i == winner:
                    note = f"the medoid of the heaviest cluster: {len(group)} of {len(voters)} votes"
                elif i in heaviest:
                    note = f"in the winner's cluster, further from its middle; {alike[i][winner]:.0%} alike"
                else:
                    note = f"outvoted: its cluster has {len(group)} of {len(voters)} votes and weighs {weight:g}"
                notes[entry.desk.number] = Standing(entry.desk.number, note, number, weight)
        first = voters[winner][0]
        standings = sorted(notes.values(), key=lambda s: (s.candidate != first.desk.number, s.cluster, s.candidate))
        standings += [
            Standing(e.desk.number, f"{e.result.verdict}: {e.result.message}"[:200])
            for e in entries
            if e.desk.number not in notes
        ]
        weight = sum(weights[i] for i in heaviest)
        reason = f"{len(heaviest)} of {len(voters)} valid candidates predict alike and weigh {weight:g}"
        reason += f" of {sum(weights.values()):g}; this is the one in their middle"
        if len(heaviest) == 1:
            reason = f"of {len(voters)} valid candidates none outweighs the one with the best score"
        desk.choose(first.desk, self.name, reason, standings)
        return first.result


def _first_valid(results: Sequence[Result]) -> str:
    return "another was valid first" if any(r.verdict == "valid" for r in results) else ""
