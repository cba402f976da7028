"""Turning the budget's options into a budget."""

from __future__ import annotations

import argparse

from tui_aide.tree.events import Budget


def budget_of(options: argparse.Namespace) -> Budget:
    """Return the limits that were given; None stands for those that were not."""
    return Budget(
        nodes=options.nodes,
        tokens=options.tokens,
        wall_seconds=options.time,
        execution_seconds=options.execution_time,
    )
