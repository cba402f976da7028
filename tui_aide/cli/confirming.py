"""Asking before something is gone for good."""

from __future__ import annotations

import sys

from tui_aide.errors import UsageError


def confirmed(command: str, question: str, *, yes: bool) -> bool:
    """Return whether the user wants it: by --yes, or by an answer.

    Raises:
        UsageError: there is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{command} asks first and there is no terminal here; say --yes")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
