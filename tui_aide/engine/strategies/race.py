"""Several candidates of a node made side by side, until enough of them are done; the others are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from tui_aide.engine.budget import BudgetSpent
from tui_aide.engine.strategies.strategy import Desk, Maker, Result
from tui_aide.errors import ModelRefusedError, StrategyError
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tree.node import Verdict

_ORDER: tuple[Verdict, ...] = (
    "cancelled",
    "no_code",
    "truncated",
    "syntax",
    "preflight",
    "suspect",
    "crash",
    "output_limit",
    "disk_full",
    "out_of_memory",
    "timeout",
    "killed",
    "invalid_submission",
    "valid",
)
"""How far a candidate came, from not at all."""


class Entry(msgspec.Struct):
    """A candidate of a race, and what became of it; `stopped` is one that was not needed any more."""

    desk: Desk
    result: Result
    stopped: bool = False


class Race:
    """Runs candidates side by side and keeps their results, in the order of their numbers.

    A candidate that is cancelled stops at once, on the model server too; what it had cost stays counted.

    Args:
        make: brings one candidate to its result.
        keep: only so many go on to their execution, those whose scripts are written first (short-m@k: Hassid et al.,
            2025); None for all.
        enough: looks at what has ended so far, and says why no further result is needed, or an empty string; None
            waits for all.
    """

    def __init__(
        self, make: Maker, *, keep: int | None = None, enough: Callable[[Sequence[Result]], str] | None = None
    ) -> None:
        self._make = make
        self._keep = keep
        self._enough = enough
        self._tasks: list[asyncio.Task[None]] = []
        self._written: set[int] = set()
        self._why: dict[int, str] = {}
        self._over = False
        self._refusals: list[ModelRefusedError | StrategyError | ScoringFailed] = []

    async def run(self, desks: Sequence[Desk]) -> list[Entry]:
        """Make all candidates, but for those that turn out not to be needed.

        Raises:
            ModelRefusedError, StrategyError, ScoringFailed: all of them failed so.
            TuiAideError: one of them met an error that concerns the whole search.
        """
        results: dict[int, Result] = {}
        for place, desk in enumerate(desks):
            if self._keep is not None:
                desk.on_script = partial(self._script_written, place, desk.on_script)
            task = asyncio.create_task(self._one(place, desk, results), name=f"candidate {desk.number}")
            self._tasks.append(task)
        try:
            await self._all(results)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            stopped = {
                place: Result("cancelled", self._why.get(place, "it was cut off"))
                for place in range(len(desks))
                if place not in results
            }
            for place, result in stopped.items():
                desks[place].finished(result)
        if self._refusals and len(self._refusals) == len(desks):
            raise self._refusals[0]
        return [
            Entry(desk, results[place]) if place in results else Entry(desk, stopped[place], True)
            for place, desk in enumerate(desks)
        ]

    async def _all(self, results: dict[int, Result]) -> None:
        pending = set(self._tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled() and (error := task.exception()) is not None:
                    raise error
            if self._enough and not self._over and (why := self._enough(list(results.values()))):
                self._over = True
                self._stop(why, range(len(self._tasks)))

    async def _one(self, place: int, desk: Desk, results: dict[int, Result]) -> None:
        try:
            result = await self._make(desk)
        except BudgetSpent as error:
            result = Result("cancelled", str(error))
        except (ModelRefusedError, StrategyError) as error:
            self._refusals.append(error)
            result = Result("no_code", str(error))
        except ScoringFailed as error:
            self._refusals.append(error)
            result = Result("invalid_submission", str(error))
        results[place] = result
        desk.finished(result)

    def _script_written(self, place: int, outside: Callable[[Desk], None] | None, desk: Desk) -> None:
        """Count a candidate that is about to be executed; the last one that may be ends it for the others.

        It goes by its place in the race, since a part inside may have changed its number; `outside` is the race that
        this one is within, for which it counts, too.
        """
        self._written.add(place)
        if len(self._written) == self._keep:
            why = f"{self._keep} others had their scripts first"
            self._stop(why, [p for p in range(len(self._tasks)) if p not in self._written])
        if outside is not None:
            outside(desk)

    def _stop(self, why: str, places: Sequence[int]) -> None:
        for place in places:
            self._why.setdefault(place, why)
            self._tasks[place].cancel()


def furthest(entries: Sequence[Entry]) -> Entry:
    """Return the failed candidate that came furthest: what a user, or a debug step, has most to learn from.

    Of several the first: numbers may depend on what ended when, places do not.
    """
    return max(entries, key=lambda e: _ORDER.index(e.result.verdict))
