"""What the task field offers: bundled tasks, and the folders of a disk."""

from __future__ import annotations

import os
from pathlib import Path

from textual.suggester import Suggester

from tui_aide.sessions.choice import Choice
from tui_aide.tasks.bundled.catalogue import BUNDLED

_MOST = 500
UP = ".."


def bundled_choices() -> list[Choice]:
    """Return the bundled tasks, each with what it is."""
    return [Choice(t.name, f"{t.summary}; {t.rows:,} rows, {t.metric}") for t in BUNDLED.values()]


def folder_choices(folder: str) -> list[Choice]:
    """Return the folders in a folder, those with a train.csv first; nothing where it cannot be read."""
    here = Path(folder).expanduser()
    found: list[tuple[bool, str]] = []
    try:
        for entry in os.scandir(here):
            if entry.is_dir() and not entry.name.startswith("."):
                found.append((_is_task(Path(entry.path)), entry.name))
                if len(found) >= _MOST:
                    break
    except OSError:
        return []
    rows = [
        Choice(str(here / name), "has the data of a task" if task else "a folder", shown=f"{name}/")
        for task, name in sorted(found, key=_order)
    ]
    return [*rows, Choice(str(here.absolute().parent), f"up, from {here.absolute()}", shown=f"{UP}/")]


def is_task(folder: str) -> bool:
    """Whether a folder looks like a task, so that it is taken rather than opened."""
    return _is_task(Path(folder).expanduser())


def _is_task(folder: Path) -> bool:
    return (folder / "train.csv").is_file() or (folder / "task.toml").is_file()


def _order(found: tuple[bool, str]) -> tuple[bool, str]:
    return not found[0], found[1].casefold()


def complete(text: str) -> str | None:
    """Return a folder's path or a bundled task's name that a text begins; None for none."""
    if not text:
        return None
    if "/" not in text:
        name = next((n for n in BUNDLED if n.startswith(text) and n != text), None)
        if name is not None:
            return name
    head, slash, start = text.rpartition("/")
    folder = Path(f"{head}{slash}" or ".").expanduser()
    try:
        names = [e.name for e in os.scandir(folder) if e.name.startswith(start) and e.is_dir()]
    except OSError:
        return None
    names = sorted(n for n in names if start or not n.startswith("."))
    return f"{head}{slash}{names[0]}/" if names and names[0] != start else None


class PathSuggester(Suggester):
    """Completes paths of folders in a thread: disks can be slow."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed path."""
        import asyncio

        return await asyncio.to_thread(complete, value)
