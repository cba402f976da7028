"""The worker process of the scoring service: ``python -m tui_aide.tasks.scoring_worker SESSION PARENT``.

It reads requests from stdin and answers on stdout, one JSON line each, and ends when stdin does, or at once when the
process PARENT is dead.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from tui_aide.errors import SessionError, TuiAideError
from tui_aide.tasks.custom_metric import describe
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.parent_death import die_with_parent
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.scoring_messages import (
    EnsembleRequest,
    PrepareRequest,
    RefitInputRequest,
    RefitRequest,
    Request,
    Response,
    ScoreRequest,
    SelectRequest,
    pack_error,
)


class Worker:
    """Answers requests for one session; the scorer is made on the first that needs it."""

    def __init__(self, session_folder: Path) -> None:
        self._session_folder = session_folder
        self._scorer: Scorer | None = None

    def warm_up(self) -> None:
        """Read the session's labels before the first request, if it is prepared."""
        with contextlib.suppress(TuiAideError):  # told to whoever asks for a score
            self._ready()

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; errors become part of it."""
        try:
            return self._answer(request)
        except TuiAideError as error:
            return Response(request.id, failure=pack_error(error))
        except Exception as error:  # noqa: BLE001  # whatever a node's predictions set off must not end the search
            return Response(request.id, failure=pack_error(_unexpected(request, error)))

    def _ready(self) -> Scorer:
        if self._scorer is None:
            try:
                self._scorer = Scorer(self._session_folder)
            except TuiAideError:
                raise
            except Exception as error:  # no node's fault
                raise SessionError(f"{self._session_folder}: cannot be scored: {describe(error)}.") from error
        return self._scorer

    def _answer(self, request: Request) -> Response:
        match request:
            case ScoreRequest():
                output = Path(request.output) if request.output is not None else None
                paths = [Path(path) for path in request.submissions]
                return Response(request.id, self._ready().score(Path(request.node_folder), paths, output))
            case SelectRequest():
                values = self._ready().select([Path(folder) for folder in request.node_folders])
                return Response(request.id, values=tuple(v if math.isfinite(v) else None for v in values))
            case EnsembleRequest():
                folders = [Path(folder) for folder in request.node_folders]
                blended = self._ready().ensemble(folders, request.selected, Path(request.goal))
                return Response(request.id, ensemble=blended)
            case RefitInputRequest():
                from tui_aide.tasks.refit_input import write_refit_input

                folder = write_refit_input(self._session_folder)
                return Response(request.id, folder=None if folder is None else str(folder))
            case RefitRequest():
                paths = [Path(text) for text in (request.submission, request.node_folder, request.goal)]
                return Response(request.id, refit=self._ready().refit(*paths))
            case PrepareRequest():
                from tui_aide.tasks.loading import load_task
                from tui_aide.tasks.preparing import prepare

                prepare(load_task(Path(request.task_folder)), self._session_folder, request.seed)
                return Response(request.id)


def _unexpected(request: Request, error: Exception) -> TuiAideError:
    what = "out of memory" if isinstance(error, MemoryError) else describe(error)
    if isinstance(request, PrepareRequest):
        return SessionError(f"The session cannot be prepared: {what}.")
    return ScoringFailed(f"Scoring failed: {what}.")


def serve(session_folder: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    worker = Worker(session_folder)
    worker.warm_up()
    decoder = msgspec.json.Decoder(Request)
    for line in requests:
        answers.write(msgspec.json.encode(worker.answer(decoder.decode(line))) + b"\n")
        answers.flush()


def main() -> None:
    """Serve on stdin and stdout."""
    die_with_parent(int(sys.argv[2]))
    # Ctrl-C in the terminal is for the runner, which ends this process by closing its stdin
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # what a user's metric prints must not end up among the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(Path(sys.argv[1]), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
