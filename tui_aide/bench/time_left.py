"""How long a run will still take, from the cells that have ended."""

from __future__ import annotations

from tui_aide.bench.progress import CellProgress, RunProgress


def elapsed(progress: RunProgress, now: float) -> float | None:
    """Return the seconds since the first cell began, up to now or the last end; None where none has begun.

    Pauses between conductors are part of it.
    """
    states = [cell.state for cell in progress.cells if cell.state.started is not None]
    if not states:
        return None
    begun = min(state.started or now for state in states)
    last = now if progress.conducted else max(state.ended or state.started or begun for state in states)
    return max(0.0, last - begun)


def seconds_left(progress: RunProgress, parallel: int, now: float) -> float | None:
    """Return about how many seconds the run will still take; None where no cell has been searched to its end.

    Each cell is taken to last as long as those of its model and strategy did on average, where none of these has ended
    as those of its model, else as all of them. Time that graders and servers take beside is not part of it.

    Args:
        progress: how the run stands.
        parallel: cells at once.
        now: seconds since 1970.
    """
    means = _Means(progress)
    if not means.known:
        return None
    left = [max(0.0, means.of(cell) - _spent(cell, now)) for cell in progress.cells if cell.shown in _LEFT]
    longest = max(left, default=0.0)
    return max(longest, sum(left) / max(1, parallel))


_LEFT = ("waiting", "running", "interrupted", "stopped")


class _Means:
    """Mean seconds of the cells that are done."""

    def __init__(self, progress: RunProgress) -> None:
        self._sums: dict[tuple[str, ...], tuple[float, int]] = {}
        for cell in progress.cells:
            if cell.shown != "done" or not cell.seconds:
                continue
            for key in _keys(cell):
                total, count = self._sums.get(key, (0.0, 0))
                self._sums[key] = (total + cell.seconds, count + 1)
        self.known = bool(self._sums)

    def of(self, cell: CellProgress) -> float:
        total, count = next(self._sums[key] for key in _keys(cell) if key in self._sums)
        return total / count


def _keys(cell: CellProgress) -> tuple[tuple[str, ...], ...]:
    """The groups that a cell belongs to, the narrowest first."""
    return (cell.cell.model, cell.cell.strategy), (cell.cell.model,), ()


def _spent(cell: CellProgress, now: float) -> float:
    if cell.shown == "running" and cell.state.started is not None and cell.state.attempts == 1:
        return now - cell.state.started
    return cell.seconds
