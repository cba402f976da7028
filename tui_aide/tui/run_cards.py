"""The runs of the bench as choices: how each stands, in a line. From small files alone, but that takes a disk."""

from __future__ import annotations

import time
from pathlib import Path

from tui_aide.bench.progress import ProgressReader
from tui_aide.bench.run_folder import RunFolder, all_runs
from tui_aide.errors import TuiAideError
from tui_aide.sessions.choice import Choice
from tui_aide.tui.figures import ago

_MOST = 200
"""Runs that are looked at, the ones made last."""


def run_choices(place: Path) -> list[Choice]:
    """Return a choice a run below a place, the one made last first; a damaged one says so."""
    return [Choice(run.name, _about(run)) for run in all_runs(place)[:_MOST]]


def _about(run: RunFolder) -> str:
    try:
        progress = ProgressReader(run).read()
        made = ago(time.time() - run.facts().created)
    except TuiAideError as e:
        return f"damaged: {e}"
    failed = f", {progress.count('failed')} failed" if progress.count("failed") else ""
    return f"{progress.status}, {progress.ended} of {len(progress.cells)} cells{failed}, made {made}"
