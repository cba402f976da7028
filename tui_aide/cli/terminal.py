"""Whether the terminal, if there is one, can show a screen."""

from __future__ import annotations

import os
import sys


def shows_screens() -> bool:
    """Whether a screen can be opened here: in a terminal that can move its cursor."""
    return sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"


def why_no_screen() -> str:
    """Return why `shows_screens` is false, in a few words with the remedy where there is one."""
    if sys.stdout.isatty() and sys.stdin.isatty():
        return "TERM=dumb cannot show the screen; if the terminal can: export TERM=xterm-256color"
    return "no terminal here"
