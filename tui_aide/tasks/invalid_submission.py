"""The error of a submission that fails the check; apart from the check, so that the engine can import it cheaply."""

from __future__ import annotations

from tui_aide.errors import TuiAideError


class InvalidSubmission(TuiAideError):
    """A submission fails the check; the message says what is wrong and what would be right."""


class ScoringFailed(TuiAideError):
    """A submission could not be scored: the user's metric, the grading command or the scoring process failed."""
