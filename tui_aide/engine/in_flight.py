"""The nodes under way, and those that wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine

from tui_aide.engine.live import LiveNode
from tui_aide.engine.strategies import Result
from tui_aide.engine.workbench import Workbench


class InFlight:
    """Keeps each node's task, live counters and workbench, and ends a node that the user does not want to go on.

    Attributes:
        live: counters of the nodes under way, by id.
        waiting: ids of nodes that exist but are not under way: asked for by the user, or in flight when a runner died.
        fresh: those of them that have not been under way before.
    """

    def __init__(self) -> None:
        self.live: dict[int, LiveNode] = {}
        self.waiting: deque[int] = deque()
        self.fresh: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._benches: dict[int, Workbench] = {}
        self._ends: dict[int, Result] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def start(
        self, node: int, making: Callable[[], Coroutine[None, None, None]], ended: Callable[[asyncio.Task[None]], None]
    ) -> None:
        """Begin to make a node; `ended` is called when its task is over, however that came."""
        self.live[node] = LiveNode(node)
        task = asyncio.create_task(making(), name=f"node {node}")
        self._tasks[node] = task

        def over(task: asyncio.Task[None]) -> None:
            for known in (self._tasks, self.live, self._benches):
                known.pop(node, None)
            ended(task)

        task.add_done_callback(over)

    def work_at(self, bench: Workbench) -> None:
        """Note where a node is made."""
        self._benches[bench.node] = bench

    def end(self, node: int, result: Result) -> bool:
        """End a node that is under way with a result; return whether it was."""
        if node not in self._tasks:
            return False
        self._ends[node] = result
        self._tasks[node].cancel()
        return True

    def leave_queue(self, node: int) -> bool:
        """Take a node that waits for its turn out of the queue; return whether it waited."""
        if node not in self.waiting:
            return False
        self.waiting.remove(node)
        self.fresh.discard(node)
        return True

    def take_end(self, node: int) -> Result | None:
        """Return, once, the result that a node was ended with, or None where it was not."""
        return self._ends.pop(node, None)

    def kill_samples(self, node: int, candidate: int | None) -> int:
        """Have a node's samples, or those of one candidate, that stream now end; return how many."""
        bench = self._benches.get(node)
        return bench.sampler.kill(candidate) if bench is not None else 0

    async def cancel_all(self) -> None:
        """Cancel all that is under way and wait until it has ended."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def all_ended(self) -> None:
        """Wait until what is under way now has ended by itself."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())  # whose own cancellation leaves them alone
