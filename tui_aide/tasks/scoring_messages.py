"""What the scoring service and its worker process say to each other: one JSON line a message."""

from __future__ import annotations

import msgspec

from tui_aide.errors import SessionError, TaskError, TuiAideError, UsageError
from tui_aide.tasks.final_reports import EnsembleReport, RefitReport
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed
from tui_aide.tasks.task import ScoreReport


class ScoreRequest(msgspec.Struct, frozen=True, tag="score"):
    """Score a node; paths as text."""

    id: int
    node_folder: str
    submissions: tuple[str, ...]
    output: str | None = None


class SelectRequest(msgspec.Struct, frozen=True, tag="select"):
    """Score nodes on the selection part."""

    id: int
    node_folders: tuple[str, ...]


class EnsembleRequest(msgspec.Struct, frozen=True, tag="ensemble"):
    """Blend nodes, and write the blend's submission to `goal` where it beats the selected one."""

    id: int
    node_folders: tuple[str, ...]
    selected: int
    goal: str


class RefitInputRequest(msgspec.Struct, frozen=True, tag="refit_input"):
    """Write the input folder of a run with all labels."""

    id: int


class RefitRequest(msgspec.Struct, frozen=True, tag="refit"):
    """Compare a submission from a run with all labels with a node's, and write it to `goal` where they agree."""

    id: int
    submission: str
    node_folder: str
    goal: str


class PrepareRequest(msgspec.Struct, frozen=True, tag="prepare"):
    """Load a task and prepare the worker's session."""

    id: int
    task_folder: str
    seed: int


Request = ScoreRequest | SelectRequest | EnsembleRequest | RefitInputRequest | RefitRequest | PrepareRequest


class Failure(msgspec.Struct, frozen=True):
    """An error on its way: the name of its class and its message."""

    type: str
    message: str


class Response(msgspec.Struct, frozen=True):
    """The answer to the request with this id; one of the others is set. nan travels as None."""

    id: int
    report: ScoreReport | None = None
    values: tuple[float | None, ...] = ()
    ensemble: EnsembleReport | None = None
    refit: RefitReport | None = None
    folder: str | None = None
    failure: Failure | None = None


_TYPES: dict[str, type[TuiAideError]] = {
    error.__name__: error for error in (InvalidSubmission, ScoringFailed, TaskError, SessionError, UsageError)
}


def pack_error(error: TuiAideError) -> Failure:
    """Return an error as a message."""
    return Failure(type(error).__name__, str(error))


def unpack_error(failure: Failure) -> TuiAideError:
    """Return the error that a message stands for."""
    return _TYPES.get(failure.type, TuiAideError)(failure.message)
