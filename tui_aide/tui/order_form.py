"""The form of a new search without its screen: fields as text, what they say, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tui_aide.errors import UsageError
from tui_aide.sessions.order import SearchOrder, command_line
from tui_aide.sessions.quantities import at_most, count, duration, memory, seed
from tui_aide.tasks.survey import KEYS, Survey
from tui_aide.tui.glyphs import GLYPHS


class Field(msgspec.Struct, frozen=True):
    """One field. `usual` is what an empty one means; `read` makes a value of its text; `part` is of the order."""

    key: str
    label: str
    group: str
    usual: str
    about: str
    read: Callable[[str], Any] = str
    part: str = ""
    choices: bool = False


FIELDS: tuple[Field, ...] = (
    Field("task", "task", "Task", "a folder, or a bundled task", "A folder with train.csv and test.csv, or a bundled task; right completes.", choices=True),  # noqa: E501
    Field("target", "target", "Task", "", "The column to predict.", choices=True),
    Field("metric", "metric", "Task", "", "What scores are measured by; or your own function: metric.py:score.", choices=True),  # noqa: E501
    Field("id", "id", "Task", "", "The column that names the rows of a submission.", choices=True),
    Field("split", "split", "Task", "", "How rows are held out: random, stratified, group:COLUMN, time:COLUMN or none.", choices=True),  # noqa: E501
    Field("model", "model", "Model", "what a server here serves, else builtin", "Who writes the scripts. builtin needs no server: rules, no LLM.", part="model", choices=True),  # noqa: E501
    Field("server", "server", "Model", "the usual addresses of this machine", "An OpenAI-compatible server, such as http://gpu-box:8000/v1; several with blanks between.", part="base_urls"),  # noqa: E501
    Field("strategy", "strategy", "Search", "recommended; single for builtin", "How a node is made: a preset, a strategy, or strategies that wrap each other: NAME(n=4)+NAME.", part="strategy", choices=True),  # noqa: E501
    Field("policy", "policy", "Search", "the preset's, else greedy", "What to work on next.", part="policy", choices=True),  # noqa: E501
    Field("workers", "workers", "Search", "4; 1 for builtin", "Streams of the model at once.", at_most(256), "workers"),
    Field("slots", "slots", "Search", "half of the cores, at most 4", "Scripts at once.", at_most(256), "slots"),
    Field("seed", "seed", "Search", "0", "Of split, policy and samples.", seed, "seed"),
    Field("nodes", "nodes", "Budget", "20 where there is no other limit", "Nodes to make at most.", count, "nodes"),
    Field("tokens", "tokens", "Budget", "no limit", "Tokens of the model at most, such as 2m.", count, "tokens"),
    Field("time", "time", "Budget", "no limit", "Wall-clock time at most, such as 2h.", duration, "wall_seconds"),
    Field("executor", "executor", "Scripts", "local", "Where scripts run: local, docker or ray.", part="executor", choices=True),  # noqa: E501
    Field("sandbox", "sandbox", "Scripts", "the strongest that works", "What keeps scripts on this machine to their folder.", part="sandbox", choices=True),  # noqa: E501
    Field("timeout", "timeout", "Scripts", "10m", "One run of a script at most.", duration, "timeout"),
    Field("memory", "memory", "Scripts", "its share of the machine's", "Memory of one script, such as 4g.", memory, "memory"),  # noqa: E501
    Field("name", "name", "Session", "made up", "The session's name.", part="name"),
)  # fmt: skip

BY_KEY = {field.key: field for field in FIELDS}
_OF_PART = {field.part: field.key for field in FIELDS if field.part}


class OrderForm:
    """The fields' texts and what is known about them.

    Attributes:
        texts: what stands in each field.
        survey: what the task's folder holds, None while it is not known.
        asked: the task and the changes that `survey` is about.
        bundled: whether the task is one of ours, whose task.toml is fixed.
        inferred: the keys' values without the user's changes, where they are known.
        refused: what was found wrong when it was looked up, by field.
    """

    def __init__(self, sessions_dir: str | None = None) -> None:
        self.texts: dict[str, str] = {field.key: "" for field in FIELDS}
        self._sessions_dir = sessions_dir
        self.survey: Survey | None = None
        self.bundled = False
        self.inferred: dict[str, str] = {}
        self.refused: dict[str, str] = {}

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
                values[field.part] = tuple(text.split()) if field.part == "base_urls" else field.read(text)
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


def field_for(part: str) -> str:
    """Return the form's field for a part of an order, "task" for what the form does not have."""
    return _OF_PART.get(part, "task")
