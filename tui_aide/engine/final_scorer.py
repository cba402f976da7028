"""What the end of a search asks of a scorer beside scores; one that cannot do it leaves the end as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from tui_aide.engine.evaluation import Scorer
from tui_aide.tasks.final_reports import EnsembleReport, RefitReport


@runtime_checkable
class FinalScorer(Scorer, Protocol):
    """A scorer that blends nodes, and compares a run with all labels with the run before."""

    async def ensemble(self, node_folders: Sequence[Path], selected: int, goal: Path) -> EnsembleReport:
        """Blend nodes, best first, and write the blend's submission to `goal` where it beats the selected one."""
        ...

    async def refit_input(self) -> Path | None:
        """Write the input folder of a run with all labels, alone in its parent; None where none are to be won."""
        ...

    async def refit(self, submission: Path, node_folder: Path, goal: Path) -> RefitReport:
        """Check a submission from such a run, and write it to `goal` where it agrees with the node's own.

        Raises:
            InvalidSubmission: it is not what the task asks for.
        """
        ...
