"""Starting a session: from the user's word for a task to a sealed folder that a runner can take up."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from tui_aide import __version__
from tui_aide.errors import UsageError, closest, nearest
from tui_aide.sessions.config import SearchSettings, SessionConfig, TaskSource
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.places import cache_dir, path_of
from tui_aide.tasks.mlebench.data_folder import PREFIX
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.sealed import Sealed, read_sealed
from tui_aide.tree.events import Budget

_USUAL = {("separator", ","), ("encoding", "utf-8"), ("holdout", "0.2"), ("folds", "1")}
"""What need not be told, as it is what everybody expects."""
_SIGNS = ("train.csv", "task.toml")
"""Files by which a folder is taken for a task."""


def find_task(word: str) -> tuple[Path, str]:
    """Return the folder of the task that a user means, and what to call it.

    It is a folder, the name of a bundled task, which is made on first use, or `mlebench:` and a prepared competition.

    Raises:
        UsageError: it is none of these; the nearest bundled name is offered.
        TaskError: the bundled task cannot be made, or the competition is not prepared.
    """
    if word.startswith(PREFIX):
        return _competition(word), word
    path = path_of(word)
    if path.is_dir():
        return path.absolute(), str(path.absolute())
    from tui_aide.tasks.bundled import BUNDLED, materialise

    if word in BUNDLED:
        return materialise(word, cache_dir() / "tasks"), word
    if path.exists():
        raise UsageError(f"{word}: not a folder; TASK is a folder with train.csv and test.csv")
    near = nearest(word, BUNDLED) or nearest(word, filter(None, [_folder_beside(word)]))
    raise UsageError(f"no folder and no bundled task {word!r}.{near} Bundled: {', '.join(BUNDLED)}")


def _folder_beside(word: str) -> str:
    """Return the task's folder whose name is nearest to one that is missing, as a user would write it; maybe empty."""
    parent, name = os.path.split(word.rstrip("/"))
    try:
        beside = list(Path(parent or ".").expanduser().iterdir())
    except OSError:
        return ""
    tasks = [folder.name for folder in beside if any((folder / sign).is_file() for sign in _SIGNS)]
    near = closest(name, tasks, 0.5)
    return os.path.join(parent, near) if near else ""  # noqa: PTH118  (Path would drop the ./ of a user)


def _competition(word: str) -> Path:
    from tui_aide.tasks.mlebench.adapting import adapt
    from tui_aide.tasks.mlebench.data_folder import find_competition

    return adapt(find_competition(word), cache_dir() / "mlebench")


def create_session(
    task_folder: Path,
    label: str,
    place: Path,
    search: SearchSettings,
    budget: Budget,
    name: str,
    fill: Callable[[SessionFolder, SessionConfig], None] | None = None,
) -> tuple[SessionFolder, Sealed]:
    """Make a session over a task: read and check it, split and copy its data, and seal the folder.

    `label` is what the user called the task. `fill` may write into the folder before it is sealed, such as a journal.
    Nothing is left behind when any of it fails.

    Returns:
        The session, and what is known of its task.

    Raises:
        UsageError: the name is taken or no name.
        TaskError: the task cannot be used.
        SessionError: the sessions folder cannot be written.
    """
    from tui_aide.tasks.scoring_service import prepare_apart

    folder = create_folder(place, name)
    try:
        asyncio.run(prepare_apart(task_folder, folder.path, search.seed))
        sealed = read_sealed(folder.path)
        view = sealed.view
        config = SessionConfig(
            id=name,
            name=name,
            created=time.time(),
            version=__version__,
            task=TaskSource(name=view.name, source=label, metric=view.metric, direction=view.direction),
            search=search,
            budget=budget,
        )
        if fill is not None:
            fill(folder, config)
        return seal(folder, config), sealed
    except BaseException:
        remove_tree(folder.path, ignore_errors=True)
        raise


def describe(sealed: Sealed) -> list[str]:
    """Return what is to be told of a task before the search: the terms, and what was inferred and why."""
    view = sealed.view
    better = "lower" if view.direction == "min" else "higher"
    lines = [
        f"task {view.name}: predict {view.target}, metric {view.metric} ({better} is better), "
        f"{view.train_rows:,} rows to learn from"
    ]
    lines += [f"  {i.key}: {i.value or '(none)'} ({i.why})" for i in sealed.inferred if (i.key, i.value) not in _USUAL]
    lines += [f"  note: {note}" for note in sealed.notes]
    return lines
