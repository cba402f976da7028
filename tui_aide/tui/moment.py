"""What a viewer knows of a session beside its tree, taken at one moment: all that the boards draw from."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tui_aide.tree.commands import Progress, RunningNode, ServerStatus


class Moment(msgspec.Struct, frozen=True):
    """What a viewer knows beside the tree: the time, the session's state and the runner's snapshot.

    `rates` are the newest tokens/s of the search, `server_rates` those of each server by its address;
    `seconds_per_node` is a rolling mean, None before the first node is done; `good` and `buggy` count nodes. `servers`
    are the runner's, or as the journal tells them where it sends none; `gpu_for` tells who has the GPU where thinking
    and training take turns on it.
    """

    now: float
    session: str
    status: str
    attached: bool
    progress: Progress | None = None
    rates: tuple[float, ...] = ()
    seconds_per_node: float | None = None
    good: int = 0
    buggy: int = 0
    servers: tuple[ServerStatus, ...] = ()
    server_rates: Mapping[str, tuple[float, ...]] = {}
    gpu_for: str = ""

    @property
    def cut_off(self) -> bool:
        """Whether nothing runs any more: a node without a verdict was cut off."""
        return not self.attached and self.status != "new"

    def running(self, node: int) -> RunningNode | None:
        """Return what a node in flight does now, as far as the runner tells."""
        progress = self.progress if self.attached else None
        return next((r for r in progress.running if r.node == node), None) if progress else None
