"""How a competition was made a task, as the task's folder keeps it."""

from __future__ import annotations

from pathlib import Path

import msgspec

MADE = ".mlebench.json"
"""In the task folder, unseen by scripts."""


class Adapted(msgspec.Struct, frozen=True, kw_only=True):
    """How a competition was made a task.

    Attributes:
        id: the competition's.
        hidden: whether rows of its training table are hidden to score by; else scripts report their scores.
        why: why not, in a sentence; empty where they are.
    """

    id: str
    hidden: bool
    why: str = ""


def read_adapted(task_folder: Path) -> Adapted | None:
    """Return how a task folder was made of a competition; None where it was not."""
    try:
        return msgspec.json.decode((task_folder / MADE).read_bytes(), type=Adapted)
    except (OSError, msgspec.DecodeError):
        return None
