"""The `verifier` strategy: candidates are compared pairwise by the model, and only the best one is executed."""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import msgspec

from tui_aide.engine.asking import Turn
from tui_aide.engine.budget import BudgetSpent
from tui_aide.engine.spec import require
from tui_aide.engine.strategies.strategy import Desk, Result, Strategy, Writer
from tui_aide.engine.strategies.together import together
from tui_aide.errors import ModelRefusedError, StrategyError
from tui_aide.tree.events import Standing

_PRIOR = 0.5
_ITERATIONS = 50


class Verdict(msgspec.Struct, frozen=True):
    """Which of two scripts is better."""

    better: Literal["A", "B"]


class Verifier(Strategy):
    """Writes several scripts, has the critic compare them pair by pair, and executes only the first.

    Comparisons of this kind were right in 61.5 % of the cases, where a coin is in 50 %: use it where an execution costs
    more than samples do, and `best-of-n` elsewhere.

    Args:
        n: scripts to choose from, 2..8; they take n(n - 1) comparisons.
    """

    name = "verifier"
    cost = "n samples and n(n - 1) comparisons, 1 execution"
    good_for = "tasks whose executions are dear"
    source = "Bradley and Terry, 1952; ranking by pairwise comparison of solutions, 2025"

    def __init__(self, n: int = 4) -> None:
        require("n", n, 2, 8)
        self.n = n

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return the script that the comparisons rank first; one that is being mended is alone."""
        if desk.ask.again is not None:
            return await inner(desk)
        desks = desk.fork(self.n, self.name)
        refusals: list[ModelRefusedError | StrategyError] = []
        try:
            written = await together(_written(one, inner, refusals) for one in desks)
        except BaseException:
            for one in desks:
                one.finished(Result("cancelled", "it was cut off"))
            raise
        if len(refusals) == len(desks):
            raise refusals[0]
        for one, script in zip(desks, written, strict=True):
            one.finished(script)
        scripts = {i: script for i, script in enumerate(written) if isinstance(script, str)}
        if not scripts:
            desk.choose(desks[0], self.name, "no candidate holds a script", _losers(desks, written, None, {}))
            return written[0]
        strengths, compared = await self._rank(desk, scripts)
        best = max(strengths, key=lambda i: (strengths[i], -i))
        reason = f"ranked first of {len(scripts)} scripts by {compared} comparisons"
        desk.choose(desks[best], self.name, reason, _losers(desks, written, best, strengths))
        return scripts[best]

    async def _rank(self, desk: Desk, scripts: dict[int, str]) -> tuple[dict[int, float], int]:
        pairs = list(permutations(scripts, 2))
        schema = msgspec.json.schema(Verdict)
        asks = [
            desk.ask.aside(
                Turn("compare", {"code": scripts[a], "second_code": scripts[b]}), "comparison", "critic", schema
            )
            for a, b in pairs
        ]
        wins = dict.fromkeys(pairs, 0.0)
        told = 0
        for (a, b), verdict in zip(pairs, await desk.judge_many(asks, Verdict), strict=True):
            if verdict is not None:
                told += 1
                wins[(a, b) if verdict.better == "A" else (b, a)] += 1
        return bradley_terry(list(scripts), wins), told


async def _written(desk: Desk, inner: Writer, refusals: list[ModelRefusedError | StrategyError]) -> str | Result:
    try:
        return await inner(desk)
    except BudgetSpent as error:
        return Result("cancelled", str(error))
    except (ModelRefusedError, StrategyError) as error:
        refusals.append(error)
        return Result("no_code", str(error))


def _losers(
    desks: list[Desk], written: list[str | Result], best: int | None, strengths: dict[int, float]
) -> list[Standing]:
    order = sorted(range(len(desks)), key=lambda i: (i != best, -strengths.get(i, -1.0), i))
    standings = []
    for place, i in enumerate(order, 1):
        result = written[i]
        if isinstance(result, Result):
            note = f"no script: {result.verdict}"
        else:
            note = f"ranked {place} with a strength of {strengths.get(i, 1.0):.2f}"
        standings.append(Standing(desks[i].number, note[:200], None, strengths.get(i)))
    return standings


def bradley_terry(players: list[int], wins: dict[tuple[int, int], float]) -> dict[int, float]:
    """Return the players' strengths, which sum to 1, from their wins against each other (Bradley and Terry, 1952).

    The minorize-maximize iteration of Hunter (2004), with half a win of each over each other, so that one who never
    won has a strength, too.

    Args:
        players: who takes part.
        wins: how often the first of a pair won over the second.
    """
    won = {(a, b): wins.get((a, b), 0.0) + _PRIOR for a, b in permutations(players, 2)}
    strengths = dict.fromkeys(players, 1.0 / max(1, len(players)))
    for _ in range(_ITERATIONS):
        new = {}
        for a in players:
            total = sum(won[a, b] for b in players if b != a)
            games = sum((won[a, b] + won[b, a]) / (strengths[a] + strengths[b]) for b in players if b != a)
            new[a] = total / games if games else 1.0
        scale = sum(new.values())
        strengths = {a: value / scale for a, value in new.items()}
    return strengths
