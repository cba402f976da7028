"""Scoring each submission once: the task's real scorer, whose reports are kept by what a submission holds."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.scoring import PREDICTIONS, SUBMISSION, Scorer
from tui_aide.tasks.task import ScoreReport


class _Scored(msgspec.Struct, frozen=True):
    report: ScoreReport
    files: dict[str, bytes]


class CachingScorer:
    """Implements the engine's `Scorer` in this process, in a thread, for any number of searches of one task.

    Args:
        session: the prepared session folder that holds the hidden labels.
    """

    def __init__(self, session: Path) -> None:
        self._scorer = Scorer(session)
        self._known: dict[str, _Scored | str] = {}

    async def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None = None) -> ScoreReport:
        """Score a node; see `Scorer.score`."""
        digest = hashlib.sha256()
        for path in submissions:
            digest.update(path.read_bytes() if path.is_file() else b"none")
        key = digest.hexdigest()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = await asyncio.to_thread(self._first, node_folder, submissions, output)
        if isinstance(known, str):
            raise InvalidSubmission(known)
        for name, data in known.files.items():
            (node_folder / name).write_bytes(data)
        return known.report

    def _first(self, node_folder: Path, submissions: Sequence[Path], output: Path | None) -> _Scored | str:
        try:
            report = self._scorer.score(node_folder, submissions, output)
        except InvalidSubmission as error:
            return str(error)
        names = [name for name in (PREDICTIONS, SUBMISSION) if (node_folder / name).is_file()]
        return _Scored(report, {name: (node_folder / name).read_bytes() for name in names})

    async def select(self, node_folders: Sequence[Path]) -> list[float]:
        """Return each node's metric on the selection part; see `Scorer.select`."""
        return self._scorer.select(node_folders)
