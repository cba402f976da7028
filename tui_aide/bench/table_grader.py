"""Grades submissions by private labels that it holds in memory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_aide.bench.grade import Grade, Terms, grade_of, worth_nothing
from tui_aide.tasks.custom_metric import label_values
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed
from tui_aide.tasks.leaderboard import Leaderboard
from tui_aide.tasks.metrics import get_metric
from tui_aide.tasks.submission import Expected, IdIndex, check_submission
from tui_aide.tasks.task import Task

Array = npt.NDArray[Any]


class TableGrader:
    """Grades by private labels that it holds in memory.

    Args:
        task: the task, whose metric and columns hold.
        ids: of the private rows.
        truth: (rows,) class codes, values or texts in that order, or (rows, targets).
        board: the leaderboard, None where there is none.
        dummy: the score of a constant; the sample submission's where that is None.
        strong: what stands for the top where there is no leaderboard.
    """

    def __init__(
        self,
        task: Task,
        ids: list[str],
        truth: Array,
        board: Leaderboard | None,
        dummy: float | None = None,
        strong: float | None = None,
    ) -> None:
        several = bool(task.targets)
        self._expected = Expected(task.id, task.prediction_columns, task.kind, task.classes, task.metric, several)
        self._metric = get_metric(task.metric, task.folder, task.direction, task.kind, several=several)
        self._labels = label_values(task.classes)
        self._index, self._truth = IdIndex(ids), truth
        self._teams = board.scores if board is not None else ()
        self.terms = Terms(
            metric=task.metric,
            direction=task.direction,
            dummy=dummy if dummy is not None else self._sample(task),
            top=board.thresholds.gold if board is not None else strong,
            top_is="gold" if board is not None else "strong" if strong is not None else "",
            thresholds=board.thresholds if board is not None else None,
        )

    def grade(self, submission: Path) -> Grade:
        """Return what a submission is worth."""
        if not submission.is_file():
            return worth_nothing(self.terms, made=False, why="there is no submission")
        try:
            score = self._score(submission)
        except (InvalidSubmission, ScoringFailed) as error:
            return worth_nothing(self.terms, made=True, why=str(error))
        if not math.isfinite(score):
            return worth_nothing(self.terms, made=True, why=f"{self._metric.name} is not finite for it")
        return grade_of(score, self.terms, self._teams)

    def _score(self, submission: Path) -> float:
        predictions = check_submission(submission, self._expected, self._index).predictions
        truth = self._truth
        if self._metric.decoded and self._expected.classes:
            truth = self._labels[truth]
            predictions = self._labels[predictions] if self._expected.kind == "labels" else predictions
        with np.errstate(all="ignore"):  # what overflows is told by its value
            return self._metric.score(truth, predictions)

    def _sample(self, task: Task) -> float | None:
        """Return the score of the sample submission, which predicts a constant as a rule."""
        if task.sample_submission is None:
            return None
        try:
            score = self._score(task.sample_submission)
        except (InvalidSubmission, ScoringFailed):
            return None
        return score if math.isfinite(score) else None
