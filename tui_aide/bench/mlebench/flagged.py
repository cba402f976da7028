"""Which competitions of a suite have known problems: told before a run, and in its report."""

from __future__ import annotations

from tui_aide.bench.suite import Suite
from tui_aide.tasks.mlebench.flags import FLAGS


def flagged(suite: Suite) -> list[str]:
    """Return a line for each competition of a suite that leaks, is crowded or was prepared wrongly."""
    ids = dict.fromkeys(task.mlebench for task in suite.tasks.values() if task.mlebench)
    return [FLAGS[id_].words(id_) for id_ in ids if id_ in FLAGS]
