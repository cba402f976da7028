"""Running a task's private grading command (``score = "command"``)."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tui_aide.errors import TaskError
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed

LIMIT_SECONDS = 600.0


def _path() -> str:
    """The search path with this interpreter's folder first: `python` is the one that runs the scripts, too."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def run_grading_command(command: Sequence[str], task_folder: Path, submissions: Sequence[Path]) -> float:
    """Run the command in the task folder and return the number that its last line of output ends with.

    ``{submission}`` in an argument stands for the submission's path; without one the path is the last argument.

    Raises:
        InvalidSubmission: there is no submission, or its score is not finite.
        ScoringFailed: the command fails, takes too long or prints no number.
        TaskError: there is no such command or task folder any more, or it may not be run.
    """
    missing = next((path for path in submissions if not path.is_file()), None)
    if missing is not None or not submissions:
        raise InvalidSubmission(
            f"there is no {missing.name if missing else 'submission.csv'}: the script must write it"
        )
    path = str(submissions[0].resolve())
    arguments = [part.replace("{submission}", path) for part in command]
    if arguments == list(command):
        arguments.append(path)
    name = " ".join(command)
    try:
        done = subprocess.run(
            arguments,
            cwd=task_folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": _path()},
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScoringFailed(f"task.toml: `command` ({name}) took more than {LIMIT_SECONDS:g} s.") from error
    except OSError as error:
        # what is gone fails for every node; what the system lacks just now may be there for the next
        kind = (
            TaskError if isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError) else ScoringFailed
        )
        raise kind(f"task.toml: `command` ({name}) cannot be started: {error.strerror}.") from error
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
        raise ScoringFailed(f"task.toml: `command` ({name}) ended with exit code {done.returncode}: {last[0][:200]}")
    words = done.stdout.decode(errors="replace").split()
    try:
        value = float(words[-1])
    except (IndexError, ValueError) as error:
        raise ScoringFailed(
            f"task.toml: `command` ({name}) must print the score as its last word; it did not."
        ) from error
    if not math.isfinite(value):
        raise InvalidSubmission(f"the score of `command` ({name}) is not finite for these predictions (it is {value})")
    return value
