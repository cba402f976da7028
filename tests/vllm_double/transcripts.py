"""What the double's model says unless a test says otherwise: R1-like thinking, a plan and a script, by seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "transcripts"

WORKING = ("linear", "boosting", "forest", "neighbours")
BROKEN = ("wrong_column", "no_submission", "syntax", "no_code")
BANK = ("linear", "boosting", "wrong_column", "forest", "syntax", "neighbours", "no_submission", "no_code")
"""The transcript for a seed is `BANK[seed % 8]`: seeds 0, 1, 3 and 5 give scripts that solve a task."""


@cache
def transcript(name: str) -> tuple[str, str]:
    """Return a transcript's reasoning, ending in a line feed, and its answer."""
    reasoning, _, answer = (_FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("</think>\n\n")
    return reasoning, answer


def from_bank(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
    """Return the transcript that the seed picks, whatever the messages are."""
    return transcript(BANK[seed % len(BANK)])


def always(*names: str) -> Callable[[Sequence[dict[str, str]], int], tuple[str, str]]:
    """Return a writer that goes through the named transcripts by seed."""

    def write(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
        return transcript(names[seed % len(names)])

    return write
