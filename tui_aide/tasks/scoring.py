"""Scoring: check a node's submissions, score the hidden rows, write the predictions for the real test rows; at the end
of a search, select, blend and compare what the nodes predicted."""

from __future__ import annotations

import math
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tui_aide.errors import SessionError
from tui_aide.tasks.agreement import agree
from tui_aide.tasks.blending import blend
from tui_aide.tasks.custom_metric import label_values
from tui_aide.tasks.final_reports import EnsembleReport, RefitReport
from tui_aide.tasks.grading_command import run_grading_command
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed
from tui_aide.tasks.jackknife import replicate, standard_error
from tui_aide.tasks.metrics import get_metric
from tui_aide.tasks.outline_check import check_outline
from tui_aide.tasks.private_store import read_secrets
from tui_aide.tasks.scoring_ensemble import Candidates, choose_ensemble
from tui_aide.tasks.sealed import PRIVATE, read_sealed
from tui_aide.tasks.submission import Checked, Expected, IdIndex, check_submission, refuse_constant
from tui_aide.tasks.submission_file import final_predictions, write_final
from tui_aide.tasks.task import ScoreReport

Array = npt.NDArray[Any]

PREDICTIONS = "predictions.npz"
SUBMISSION = "submission.csv"


class Scorer:
    """Scores the nodes of one prepared session.

    Args:
        session_folder: the session's folder, prepared.

    Raises:
        SessionError: it is not prepared, or its files are damaged.
        TaskError: its own metric cannot be loaded.
    """

    def __init__(self, session_folder: Path) -> None:
        self._private = session_folder / PRIVATE
        self._task = read_sealed(session_folder)
        if self._task.score != "holdout":
            return
        task = self._task
        self._secrets = read_secrets(session_folder)
        self._metric = get_metric(task.metric, self._private, task.direction, task.kind, several=bool(task.targets))
        self._expected = Expected(
            task.id, task.prediction_columns, task.kind, task.classes, task.metric, bool(task.targets)
        )
        self._indexes = [IdIndex(fold.ids) for fold in self._secrets.folds]
        self._search = np.flatnonzero(~self._secrets.selection)
        self._selection = np.flatnonzero(self._secrets.selection)
        self._labels = label_values(task.classes)

    def score(self, node_folder: Path, submissions: Sequence[Path], output: Path | None = None) -> ScoreReport:
        """Score a node on the search part.

        Writes `submission.csv` (the real test rows only, as the original sample submission has them) and
        `predictions.npz` (`hidden` and `test`: the hidden and the real test rows' predictions) into the node's folder.

        Args:
            node_folder: the node's folder.
            submissions: what the script wrote, one file a fold.
            output: the script's output, where the score is reported by the script.

        Raises:
            InvalidSubmission: a submission fails the check, its metric is not finite, or no score was reported.
            ScoringFailed: the user's metric or grading command failed.
            TaskError: the grading command is gone.
            SessionError: the node's folder cannot be written.
        """
        start = time.perf_counter()
        if self._task.score == "reported":
            value = read_reported(output)
            for path in submissions if self._task.output_rows else ():
                check_outline(path, self._task.output_columns, self._task.output_rows)
            _keep(node_folder, submissions)
            return ScoreReport(value, None, (), 0, "reported", time.perf_counter() - start)
        if self._task.score == "command":
            value = run_grading_command(self._task.command, Path(self._task.task_folder), submissions)
            _keep(node_folder, submissions)
            return ScoreReport(value, None, (), 0, "command", time.perf_counter() - start)
        if len(submissions) != len(self._indexes):
            raise ValueError(f"{len(self._indexes)} submissions are expected, one a fold, not {len(submissions)}")
        checked = [self._check(fold, path) for fold, path in enumerate(submissions)]
        refuse_constant(checked, self._expected)
        hidden = self._hidden([one.predictions for one in checked])
        value = self._value(hidden, self._search)
        if not math.isfinite(value):
            raise InvalidSubmission(f"{self._metric.name} is not finite for these predictions (it is {value})")
        replicates = self._replicates(hidden, self._search, self._secrets.group)
        self._write(node_folder, hidden, [one.predictions for one in checked])
        return ScoreReport(
            value=value,
            se=standard_error(replicates),
            replicates=replicates,
            rows=len(self._search),
            seconds=time.perf_counter() - start,
            notes=tuple(dict.fromkeys(note for one in checked for note in one.notes)),
        )

    def select(self, node_folders: Sequence[Path]) -> list[float]:
        """Return each node's metric on the selection part, from its `predictions.npz`.

        It is nan where the metric is not defined or fails, and for a task that hides no rows.

        Raises:
            SessionError: a node's predictions are missing or damaged.
        """
        if self._task.score != "holdout":
            return [math.nan] * len(node_folders)
        return [self._select(folder) for folder in node_folders]

    def _select(self, node_folder: Path) -> float:
        hidden = self._read_hidden(node_folder)
        try:
            return self._value(hidden, self._selection)
        except ScoringFailed:
            return math.nan  # the user's metric takes the search part of these predictions, but not this one

    def ensemble(self, node_folders: Sequence[Path], selected: int, goal: Path) -> EnsembleReport:
        """Blend nodes so that they score best on the search part, and compare the blend with the selected node.

        It is kept only where it beats that node on the selection part by more than one standard error of the paired
        difference; its predictions for the real test rows are then written to `goal` as a submission.

        Args:
            node_folders: the nodes' folders, best search score first.
            selected: the place of the selected node among them.
            goal: the file for the submission.

        Raises:
            SessionError: a node's predictions are missing or damaged, or the submission cannot be written.
        """
        start = time.perf_counter()
        if self._task.score != "holdout":
            return EnsembleReport((0.0,) * len(node_folders), False, "no rows are hidden, so no blend can be scored")
        hidden = [self._read_hidden(folder) for folder in node_folders]
        candidates = Candidates(hidden, selected, self._search, self._selection)
        report, counts = choose_ensemble(
            candidates,
            self._task.kind,
            self._task.direction,
            self._value,
            lambda blended: self._replicates(blended, self._selection, self._secrets.selection_group),
        )
        if report.kept:
            finals = [self._read_final(folder) for folder in node_folders]
            self._hand_in(goal, blend(finals, counts, self._task.kind))
        return msgspec.structs.replace(report, seconds=time.perf_counter() - start)

    def refit(self, submission: Path, node_folder: Path, goal: Path) -> RefitReport:
        """Check what a run with all labels wrote, and compare it with the node's own predictions.

        Where they agree it is written to `goal` as a final submission.

        Args:
            submission: what the script wrote for `refit_input.write_refit_input`'s test.csv.
            node_folder: the node's folder.
            goal: the file for the submission.

        Raises:
            InvalidSubmission: it fails the check that every submission has to pass.
            SessionError: the node's predictions are missing or damaged, or the submission cannot be written.
        """
        checked = check_submission(submission, self._expected, IdIndex(self._secrets.real_ids))
        refuse_constant([checked], self._expected)
        hidden, before = self._read_hidden(node_folder), self._read_final(node_folder)
        agreement = agree(self._task.kind, before, checked.predictions, hidden, self._secrets.truth)
        kept = agreement.value >= agreement.least
        if kept:
            self._hand_in(goal, checked.predictions)
        what = "it agrees with the submission from before" if kept else "it differs from the submission from before"
        reason = f"{what}: agreement {agreement.value:.3f}, at least {agreement.least:.3f} is asked for"
        return RefitReport(kept, agreement.value, agreement.least, reason)

    def _check(self, fold: int, path: Path) -> Checked:
        try:
            return check_submission(path, self._expected, self._indexes[fold])
        except InvalidSubmission as error:
            if len(self._indexes) == 1:
                raise
            raise InvalidSubmission(f"fold {fold}: {error}") from error

    def _hidden(self, predictions: Sequence[Array]) -> Array:
        """Gather the hidden rows' predictions out of all folds, in the order of the hidden rows."""
        hidden = np.empty((len(self._secrets.truth), *predictions[0].shape[1:]), dtype=np.result_type(*predictions))
        for fold, own in zip(self._secrets.folds, predictions, strict=True):
            mask = fold.owner >= 0
            hidden[fold.owner[mask]] = own[mask]
        return hidden

    def _value(self, hidden: Array, rows: npt.NDArray[np.int64]) -> float:
        if not len(rows):
            return math.nan
        truth, predictions = self._as_metric_takes(self._secrets.truth[rows], hidden[rows])
        with np.errstate(all="ignore"):  # what overflows is told by its value
            return self._metric.score(truth, predictions)

    def _replicates(
        self, hidden: Array, rows: npt.NDArray[np.int64], groups: npt.NDArray[np.int64]
    ) -> tuple[float, ...]:
        truth, predictions = self._as_metric_takes(self._secrets.truth[rows], hidden[rows])
        try:
            with np.errstate(all="ignore"):
                return replicate(self._metric.score, truth, predictions, groups[rows])
        except ScoringFailed:
            return ()  # the user's metric takes all rows, but not every part of them

    def _as_metric_takes(self, truth: Array, predictions: Array) -> tuple[Array, Array]:
        if not self._metric.decoded or not self._task.classes:
            return truth, predictions
        if self._task.kind == "labels":
            return self._labels[truth], self._labels[predictions]
        return self._labels[truth], predictions

    def _write(self, node_folder: Path, hidden: Array, predictions: Sequence[Array]) -> None:
        final = final_predictions(self._task, self._secrets, hidden, predictions)
        try:
            node_folder.mkdir(parents=True, exist_ok=True)
            with (node_folder / PREDICTIONS).open("wb") as file:
                if self._secrets.real_ids:
                    np.savez(file, hidden=hidden, test=final)
                else:
                    np.savez(file, hidden=hidden)
            write_final(node_folder / SUBMISSION, self._task, self._secrets, final)
        except OSError as error:
            raise SessionError(f"{error.filename or node_folder}: cannot be written: {error.strerror}.") from error

    def _hand_in(self, goal: Path, final: Array) -> None:
        try:
            goal.parent.mkdir(parents=True, exist_ok=True)
            write_final(goal, self._task, self._secrets, final)
        except OSError as error:
            raise SessionError(f"{error.filename or goal}: cannot be written: {error.strerror}.") from error

    def _read_final(self, folder: Path) -> Array:
        """Return a node's predictions for the final submission, in the order of test.csv."""
        if not self._secrets.real_ids:
            return self._read_hidden(folder)
        final = _load(folder / PREDICTIONS).get("test")
        if final is not None:
            return final
        # an older version kept them in the submission only
        ids = IdIndex(self._secrets.real_ids)
        return check_submission(folder / SUBMISSION, self._expected, ids).predictions

    def _read_hidden(self, folder: Path) -> Array:
        path = folder / PREDICTIONS
        hidden = _load(path).get("hidden")
        if hidden is None:
            raise SessionError(f"{path}: damaged: it holds no hidden rows.")
        if len(hidden) != len(self._secrets.truth):
            raise SessionError(f"{path}: it belongs to another session ({len(hidden)} rows).")
        return hidden


def _load(path: Path) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, EOFError) as error:
        raise SessionError(f"{path}: damaged: {error}.") from error


def _keep(node_folder: Path, submissions: Sequence[Path]) -> None:
    """Copy the submission of a task that hides nothing into the node's folder, as it is."""
    goal = node_folder / SUBMISSION
    source = next((path for path in submissions if path.is_file()), None)
    if source is None or (goal.exists() and goal.samefile(source)):
        return
    try:
        node_folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, goal)
    except OSError as error:
        raise SessionError(f"{goal}: cannot be written: {error.strerror}.") from error


_REPORTED = re.compile(
    rb"^[ \t]*score[ \t]*[:=][ \t]*([-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf(?:inity)?))[ \t\r]*$",
    re.IGNORECASE | re.MULTILINE,
)
_TAIL_BYTES = 100_000


def read_reported(output: Path | None) -> float:
    """Return the value of the last ``score: <value>`` line of a script's output.

    Raises:
        InvalidSubmission: there is none, or it is not finite.
    """
    tail = b""
    if output is not None and output.is_file():
        with output.open("rb") as file:
            file.seek(max(0, output.stat().st_size - _TAIL_BYTES))
            tail = file.read()
    found = _REPORTED.findall(tail)
    if not found:
        raise InvalidSubmission("the script reported no score: its last line must be `score: <number>`")
    value = float(found[-1])
    if not math.isfinite(value):
        raise InvalidSubmission(f"the script reported the score {found[-1].decode()}, which is not finite")
    return value
