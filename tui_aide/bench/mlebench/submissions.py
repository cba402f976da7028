"""`submission.jsonl` for `mlebench grade`: one line a cell, with its competition and where its submission lies."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import SessionError, UsageError


class Line(msgspec.Struct, frozen=True):
    """A line; MLE-bench reads the first two and leaves the third to people."""

    competition_id: str
    submission_path: str
    cell: str


def lines_of(run: RunFolder) -> list[Line]:
    """Return a line for each cell over a competition that has begun, whether or not it made a submission."""
    found = []
    for cell in run.cells:
        competition = run.suite.tasks[cell.task].mlebench
        session = run.session(cell)
        if competition is not None and session.journal.is_file():
            path = (session.best / "submission.csv").absolute()
            found.append(Line(Path(competition).name, str(path), cell.id))
    return found


def write_submissions(run: RunFolder, goal: Path) -> int:
    """Write the lines of a run, and return how many they are.

    Raises:
        UsageError: no cell is over a competition of MLE-bench, or none has begun.
        SessionError: the file cannot be written.
    """
    lines = lines_of(run)
    if not lines:
        raise UsageError(f"{run.path}: no cell has searched a competition of MLE-bench; nothing to export")
    try:
        goal.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    except OSError as error:
        raise SessionError(f"{goal}: cannot be written: {error.strerror}") from error
    return len(lines)
