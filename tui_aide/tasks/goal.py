"""A task's name, goal and description, from task.toml, description.md or the folder's name."""

from __future__ import annotations

from pathlib import Path

from tui_aide.errors import TaskError
from tui_aide.tasks.task_toml import TaskToml

DESCRIPTION_FILES = ("description.md", "description.txt", "README.md", "readme.md")


def describe_goal(folder: Path, keys: TaskToml, target: str, inferred: dict[str, str]) -> tuple[str, str, str]:
    """Return name, goal (one line) and description (the whole text, possibly empty)."""
    name = keys.name or folder.name
    if keys.name is None:
        inferred["name"] = "the folder's name"
    description, source = _description(folder, keys)
    if keys.goal is not None:
        return name, keys.goal, description
    line = _first_prose_line(description)
    if line:
        inferred["goal"] = f"the first line of {source}"
        return name, line, description
    inferred["goal"] = "from the target's name"
    return name, f"Predict {target}." if target else f"Solve {name}.", description


def _description(folder: Path, keys: TaskToml) -> tuple[str, str]:
    if keys.description is not None:
        # a short value may be the name of a file beside task.toml
        if "\n" not in keys.description and keys.description.endswith((".md", ".txt")):
            path = folder / keys.description
            if not path.is_file():
                raise TaskError(f"task.toml: `description` is {keys.description!r}, but there is no such file.")
            return path.read_text(encoding="utf-8", errors="replace"), keys.description
        return keys.description, "the description"
    for file in DESCRIPTION_FILES:
        if (folder / file).is_file():
            return (folder / file).read_text(encoding="utf-8", errors="replace"), file
    return "", ""


def _first_prose_line(text: str) -> str:
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith(("#", "---", "===", "!", "<", "|", "```")):
            return line if len(line) <= 200 else line[:199].rstrip() + "…"
    return ""
