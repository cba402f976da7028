"""What a user is told of a competition before its search; none of it is in the task, where a model would read it."""

from __future__ import annotations

from pathlib import Path

from tui_aide.tasks.mlebench.adapted import read_adapted
from tui_aide.tasks.mlebench.flags import FLAGS


def remarks_of(task_folder: Path, sandbox: str) -> list[str]:
    """Return the lines to tell of a task folder, none where it is no competition's.

    Args:
        task_folder: as `adapt` made it.
        sandbox: that of the search; without one, nothing keeps scripts from the answers.
    """
    made = read_adapted(task_folder)
    if made is None:
        return []
    lines = []
    if (flag := FLAGS.get(made.id)) is not None:
        lines.append(f"warning: {flag.words(made.id)}")
    if not made.hidden:
        lines.append(f"warning: scripts report their own scores, as no rows can be hidden: {made.why}")
    if sandbox == "none":
        lines.append("warning: without a sandbox scripts can read MLE-bench's private answers; leave --sandbox out")
    return lines
