"""What Python's search for garbage in cycles is spared: all that a large tree holds, which has none."""

from __future__ import annotations

import gc

_NODES = 1000
"""So many new nodes are searched in about 10 ms."""


class Spared:
    """Keeps the nodes of one session out of the collector's sight while a screen shows them.

    To look through 10,000 nodes takes 0.1 s, in which no key is answered, and came every few seconds. What is kept so
    is freed as ever once nothing refers to it. Cycles among it are not found until all is looked through again, which
    must be done now and then: whatever else lives at that moment is kept as well, and becomes garbage later.
    """

    def __init__(self) -> None:
        self._nodes = 0

    def begin(self, nodes: int) -> None:
        """Spare all that there is now: a tree of so many nodes, which was just folded."""
        gc.freeze()
        self._nodes = nodes

    def look(self, nodes: int) -> None:
        """Spare what came since, too, where that is much; call it where nothing stands that will soon be closed."""
        if nodes - self._nodes >= _NODES:
            gc.unfreeze()
            gc.collect()
            self.begin(nodes)

    def end(self) -> None:
        """Have all looked through again."""
        if self._nodes:
            gc.unfreeze()
