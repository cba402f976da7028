"""The form of a new search without its screen: fields as text, what they say, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from tui_aide.errors import UsageError
from tui_aide.sessions.order import SearchOrder, command_line
from tui_aide.tasks.survey import KEYS, Survey
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.order_fields import FIELDS, MORE, ROLES, Field, field_for


class OrderForm:
    """The fields' texts and what is known about them.

    Attributes:
        texts: what stands in each field.
        survey: what the task's folder holds, None while it is not known.
        asked: the task and the changes that `survey` is about.
        bundled: whether the task is one of ours, whose task.toml is fixed.
        inferred: the keys' values without the user's changes, where they are known.
        refused: what was found wrong when it was looked up, by field.
        opened: whether the fields that are seldom needed are shown.
    """

    def __init__(self, sessions_dir: str | None = None) -> None:
        self.texts: dict[str, str] = {field.key: "" for field in FIELDS}
        self._sessions_dir = sessions_dir
        self.survey: Survey | None = None
        self.bundled = False
        self.inferred: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.opened = False

    def changes(self) -> dict[str, str]:
        """Return the keys of task.toml that the user wants otherwise than they are."""
        texts = {key: self.texts[key].strip() for key in KEYS}
        return {key: text for key, text in texts.items() if text and text != self.inferred.get(key)}

    def read(self) -> tuple[SearchOrder | None, dict[str, str]]:
        """Return the order, None where a field cannot be read, and what is wrong by field."""
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for field in FIELDS:
            text = self.texts[field.key].strip()
            if not field.part or not text:
                continue
            try:
                if field.part == "roles":
                    values["roles"] = (*values.get("roles", ()), f"{field.key}={text}")
                else:
                    values[field.part] = field.read(text)
            except UsageError as e:
                problems[field.key] = str(e)
        task = self.texts["task"].strip()
        if problems or not task:
            return None, problems
        return SearchOrder(task=task, sessions_dir=self._sessions_dir, **values), {}

    def problems(self) -> dict[str, str]:
        """Return what is wrong now, by field."""
        found = {**self.refused, **self.read()[1]}
        if self.survey is not None and self.survey.problem:
            field = self.survey.field or "task"
            found.setdefault(field, _here(self.survey.problem) if field in KEYS else self.survey.problem)
        if self.bundled:
            for key in self.changes():
                found[key] = "a bundled task is fixed: leave this empty, or search a copy of its folder"
        return found

    def refuse(self, part: str, problem: str) -> None:
        """Note what is wrong with a part of the order at its field, "task" for what the form does not have."""
        key = field_for(part)
        if part == "roles":
            told = [r for r in ROLES if f"--role {r}=" in problem]
            asked = [r for r in ROLES if (at := self.texts[r].strip().rpartition("@")[2]) and at in problem]
            key = next(iter((*told, *asked, *(r for r in ROLES if self.texts[r].strip()))), key)
        self.refused[key] = problem

    def filled(self) -> int:
        """Return in how many fields of the part that folds something stands."""
        return sum(bool(self.texts[field.key].strip()) for field in MORE)

    def line(self) -> str:
        """Return the command line that starts the same search; "" while there is none."""
        order, _ = self.read()
        return command_line(order) if order is not None else ""

    def usual(self, field: Field) -> str:
        """Return what an empty field means now, with the reason where it was inferred."""
        if field.key not in KEYS:
            return field.usual
        known = self.survey.keys.get(field.key) if self.survey is not None else None
        if known is None:
            return ""
        return f"{known.value} {GLYPHS.dot} {known.why or 'as task.toml says'}"


def _here(problem: str) -> str:
    """Return a task's problem as it reads at the field, which stands for the key of task.toml."""
    return problem.removeprefix("task.toml: ").replace(" in task.toml", " here").replace(" to task.toml", " here")
