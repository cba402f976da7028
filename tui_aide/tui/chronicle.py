"""What a viewer folds from a session's events beside the tree: what happened, in words, and a few counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tui_aide.tree.events import (
    AnyEvent,
    ChallengerRejected,
    CommandReceived,
    NodeFinished,
    NodeRestarted,
    SampleRestarted,
    SampleStarted,
)
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.happenings import Happening, happening
from tui_aide.tui.transcript import Asked

KEPT = 1000
"""So many happenings are kept."""


class Chronicle:
    """Takes the events in order, each after the tree has folded it.

    Attributes:
        happenings: what happened, in words, oldest first, the newest `KEPT`.
        rejected: why a valid node did not become the best, by node.
        asked: what the model was asked for, sample by sample, by node.
        touched: what users, and lost runners and servers, did to nodes, by node.
        good: how many nodes were done with a score, and `buggy` without.
    """

    def __init__(self, asked: dict[int, list[Asked]] | None = None) -> None:
        """Begin before the first event.

        Args:
            asked: what the model will have been asked for, where that is known beforehand; it is then left as it is.
        """
        self.happenings: deque[Happening] = deque(maxlen=KEPT)
        self.rejected: dict[int, str] = {}
        self.asked: dict[int, list[Asked]] = {} if asked is None else asked
        self.touched: dict[int, list[Happening]] = {}
        self._learns = asked is None
        self.good = self.buggy = 0
        self._finishes: deque[float] = deque(maxlen=21)

    def copy(self) -> Chronicle:
        """Return another one in the same state, which goes on by itself; what was asked stays the same object."""
        other = Chronicle(self.asked)
        other._learns = self._learns
        other.happenings, other._finishes = self.happenings.copy(), self._finishes.copy()
        other.touched = {node: told.copy() for node, told in self.touched.items()}
        other.rejected, other.good, other.buggy = self.rejected.copy(), self.good, self.buggy
        return other

    def tell(self, events: Iterable[AnyEvent], tree: SolutionTree) -> None:
        """Tell anew what happened: the newest of these events, which were taken without their words."""
        self.happenings.clear()
        self.happenings.extend(told for event in events if (told := happening(event, tree)) is not None)

    def take(self, event: AnyEvent, tree: SolutionTree, *, words: bool = True) -> None:
        """Take an event in; without its `words` where it is so old that they would not be kept."""
        match event:
            case NodeFinished():
                self._finishes.append(event.time)
                self.good += event.verdict == "valid" and event.score is not None
                self.buggy += event.verdict not in ("valid", "cancelled", "killed")
            case SampleStarted() if self._learns:
                self.asked.setdefault(event.node, []).append(Asked(event.sample, event.candidate, event.purpose))
            case NodeRestarted():
                if self._learns:
                    self.asked.pop(event.node, None)
                words_of_it = "started again; what it had until then is void, since the runner had ended"
                self._touch(event.node, Happening(event.time, "warning", "warn", words_of_it))
            case CommandReceived() | SampleRestarted():
                node = event.arguments.get("node") if isinstance(event, CommandReceived) else event.node
                if isinstance(node, int) and (told := happening(event, tree)) is not None:
                    self._touch(node, told)
            case ChallengerRejected():
                self.rejected[event.node] = event.reason
            case _:
                pass
        if words and (told := happening(event, tree)) is not None:
            self.happenings.append(told)

    def _touch(self, node: int, told: Happening) -> None:
        self.touched.setdefault(node, []).append(told)

    def seconds_per_node(self, tree: SolutionTree, now: float) -> float | None:
        """Return the rolling mean of the seconds from one node's end to the next; None before the first is done."""
        times = list(self._finishes)
        if len(times) > 2:
            return (times[-1] - times[0]) / (len(times) - 1)
        return tree.wall(now) / tree.finished_count if tree.finished_count else None
