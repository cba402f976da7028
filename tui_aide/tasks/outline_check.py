"""The check of a submission of which nobody here knows what is right: only its columns and its number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui_aide.errors import TaskError
from tui_aide.tasks.csv_format import sniff
from tui_aide.tasks.csv_rows import open_csv
from tui_aide.tasks.invalid_submission import InvalidSubmission


def check_outline(submission: Path, columns: Sequence[str], rows: int) -> None:
    """Compare a submission with the sample submission's outline.

    Args:
        submission: the file that a script left.
        columns: of the sample submission.
        rows: of the sample submission.

    Raises:
        InvalidSubmission: there is none, it is no table, lacks a column, or has another number of rows.
    """
    if not submission.is_file():
        raise InvalidSubmission("there is no submission.csv; write it into the working directory")
    try:
        table = open_csv(submission, sniff(submission))
        missing = [column for column in columns if column not in table.header]
        if missing:
            raise InvalidSubmission(
                f"submission.csv has no column {missing[0]!r}; it needs {', '.join(map(repr, columns[:8]))}"
            )
        found = sum(1 for _ in table.rows())
    except (OSError, UnicodeDecodeError, TaskError) as error:
        raise InvalidSubmission(f"submission.csv cannot be read as a table: {error}") from error
    if found != rows:
        raise InvalidSubmission(f"submission.csv has {found:,} rows; the sample submission has {rows:,}")
