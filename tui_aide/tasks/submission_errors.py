"""The error of a submission that cannot be scored; apart, so that naming it imports no pandas."""

from __future__ import annotations

from tui_aide.errors import TuiAideError


class InvalidSubmission(TuiAideError):
    """A submission is not what the task asks for; the message says what is wrong, for the model and the user."""
