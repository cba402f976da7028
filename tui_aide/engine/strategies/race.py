"""Several candidates of a node made side by side, until enough of them are done; the others are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec

from tui_aide.engine.budget import BudgetSpent
from tui_aide.engine.strategies.strategy import Desk, Maker, Result
from tui_aide.errors import ModelRefusedError, StrategyError
from tui_aide.tree.node import Verdict

_ORDER: tuple[Verdict, ...] = (
    "cancelled",
    "no_code",
    "truncated",
    "syntax",
    "preflight",
    "suspect",
    "crash",
    "out_of_memory",
    "timeout",
    "invalid_submission",
    "valid",
)
"""How far a candidate came, from not at all."""


class Entry(msgspec.Struct):
    """A candidate of a race, and what became of it."""

    desk: Desk
    result: Result


class Race:
    """Runs candidates side by side and keeps their results, in the order of their numbers.

    A candidate that is cancelled stops at once, on the model server too; what it had cost stays counted.

    Args:
        make: brings one candidate to its result.
        keep: only so many go on to their execution, those whose scripts are written first (short-m@k: Hassid et al.,
            2025); None for all.
        enough: looks at what has ended so far, and says why no further result is needed, or an empty string.
    """

    def __init__(
        self, make: Maker, *, keep: int | None = None, enough: Callable[[Sequence[Result]], str] = lambda _: ""
    ) -> None:
        self._make = make
        self._keep = keep
        self._enough = enough
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._written: set[int] = set()
        self._why = ""
        self._refusals: list[ModelRefusedError | StrategyError] = []

    async def run(self, desks: Sequence[Desk]) -> list[Entry]:
        """Make all candidates, but for those that turn out not to be needed.

        Raises:
            ModelRefusedError, StrategyError: all of them failed so.
            TuiAideError: one of them met an error that concerns the whole search.
        """
        results: dict[int, Result] = {}
        for desk in desks:
            desk.on_script = self._script_written if self._keep is not None else None
            task = asyncio.create_task(self._one(desk, results), name=f"candidate {desk.number}")
            self._tasks[desk.number] = task
        try:
            await self._all(results)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._refusals and len(self._refusals) == len(desks):
            raise self._refusals[0]
        entries = []
        for number, desk in zip(self._tasks, desks, strict=True):
            lost = Result("cancelled", self._why or "it was not needed any more")
            entries.append(Entry(desk, results.get(number, lost)))
            if number not in results:
                desk.finished(lost)
        return entries

    async def _all(self, results: dict[int, Result]) -> None:
        pending = set(self._tasks.values())
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled() and (error := task.exception()) is not None:
                    raise error
            if not self._why and (why := self._enough(list(results.values()))):
                self._stop(why, self._tasks.values())

    async def _one(self, desk: Desk, results: dict[int, Result]) -> None:
        number = desk.number
        try:
            result = await self._make(desk)
        except BudgetSpent as error:
            result = Result("cancelled", str(error))
        except (ModelRefusedError, StrategyError) as error:
            self._refusals.append(error)
            result = Result("no_code", str(error))
        results[number] = result
        desk.finished(result)

    def _script_written(self, desk: Desk) -> None:
        """Count a candidate that is about to be executed; the last one that may be ends it for the others."""
        self._written.add(desk.number)
        if self._keep is not None and len(self._written) == self._keep:
            why = f"{self._keep} others had their scripts first"
            self._stop(why, (t for n, t in self._tasks.items() if n not in self._written))

    def _stop(self, why: str, tasks: Iterable[asyncio.Task[None]]) -> None:
        self._why = why
        for task in list(tasks):
            task.cancel()


def furthest(entries: Sequence[Entry]) -> Entry:
    """Return the failed candidate that came furthest: what a user, or a debug step, has most to learn from."""
    return max(entries, key=lambda e: (_ORDER.index(e.result.verdict), -e.desk.number))
