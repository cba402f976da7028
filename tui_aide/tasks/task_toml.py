"""Reading task.toml: its keys, their types and limits. What is left out is None."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tui_aide.errors import TaskError, nearest
from tui_aide.file_formats import FormatError, brought

if TYPE_CHECKING:
    from tui_aide.file_formats import Step

FILE = "task.toml"
FORMAT = 1
STEPS: Mapping[int, Step] = {}
"""How files of older formats are brought on."""


class PythonTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[python]`: the interpreter of the scripts; a relative path starts from the task's folder."""

    path: str


class TaskToml(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of task.toml; None for each that it leaves out.

    Attributes:
        name: what the task is called; else the folder's name.
        goal: a sentence for the model and for you; else the description's first line, or the target's name.
        description: the text itself, or the name of a file in the folder; else description.md, where there is one.
        metric: one of the registered metrics, or a function of your own as `metric.py:score`; else by the target.
        direction: whether less or more is better. Of a registered metric it is known; one of your own needs it.
        target: the column to predict, or several; else what train.csv has and test.csv lacks.
        id: the column that names a row in the submission; else the first one of the sample submission, or a column
            of unique values with a name such as id, or else the rows are numbered.
        kind: what a submission holds; else what the metric takes.
        split: how rows are hidden: random, stratified, group:COLUMN (a group is never torn apart), time:COLUMN (the
            latest rows are hidden) or none (nothing is hidden); else stratified for classes, random for numbers.
        holdout: share of the rows of train.csv that is hidden, above 0 and below 1; where it is given, there is one
            fold; else 0.2.
        folds: how often a script is run, each time with other rows hidden, 1 to 50; else 5 below 1,000 rows, 1 above.
        separator: the one character between the columns of the tables; else found.
        encoding: of the tables, such as latin-1; else found.
        train: name of the table with the target; else train.csv.
        test: name of the table without it; else test.csv.
        sample_submission: name of the table that has the submission's form; else sample_submission.csv.
        score: where the score comes from. command and reported go with split = "none": your own command's last
            number, or what the script prints as `score: 0.5`, which nothing checks.
        command: for score = "command": the program and its arguments, {submission} for the file to be graded.
        python: the interpreter of the scripts, a table with the key path; a relative one starts from this folder.
        network: whether scripts may use the network; no where it is left out.
        link: share what lies beside the tables with the sessions by links, in the place of a copy each.
    """

    name: str | None = None
    goal: str | None = None
    description: str | None = None
    metric: str | None = None
    direction: str | None = None
    target: str | tuple[str, ...] | None = None
    id: str | None = None
    kind: str | None = None
    split: str | None = None
    holdout: float | None = None
    folds: int | None = None
    separator: str | None = None
    encoding: str | None = None
    train: str | None = None
    test: str | None = None
    sample_submission: str | None = None
    score: str | None = None
    command: tuple[str, ...] | None = None
    python: PythonTable | None = None
    network: bool | None = None
    link: bool | None = None


_CHOICES = {
    "direction": ("min", "max"),
    "kind": ("labels", "probabilities", "values", "texts"),
    "score": ("holdout", "command", "reported"),
}
_TYPES: dict[str, tuple[type, ...]] = {
    "target": (str, list, tuple),
    "holdout": (float, int),
    "folds": (int,),
    "command": (str, list),
    "python": (dict,),
    "network": (bool,),
    "link": (bool,),
}
_TYPE_NAMES = {
    "network": "true or false, without quotes",
    "link": "true or false, without quotes",
    "holdout": "a number such as 0.2",
    "folds": "a whole number such as 5",
    "command": "a list of strings",
    "target": 'a column, or several such as ["mild", "severe"]',
    "python": 'a table [python] with the key path, such as path = ".venv/bin/python"',
}


def read_task_toml(folder: Path) -> TaskToml:
    """Read a folder's task.toml; all keys are None where there is none.

    Raises:
        TaskError: not TOML, an unknown key, or a value of the wrong type or out of range.
    """
    path = folder / FILE
    if not path.exists():
        return TaskToml()
    try:
        keys = brought(tomllib.loads(path.read_text(encoding="utf-8-sig")), FORMAT, STEPS)
    except FormatError as error:
        raise TaskError(f"{FILE}: {error}.") from error
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TaskError(f"{FILE}: not written in UTF-8; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"{FILE}: not valid TOML: {error}. Strings need quotes.") from error
    for key, value in keys.items():
        _check(key, value)
    if isinstance(keys.get("target"), list):
        keys["target"] = tuple(keys["target"])
    if isinstance(keys.get("command"), str):
        keys["command"] = _words(keys["command"])
    if "holdout" in keys:
        keys["holdout"] = float(keys["holdout"])
    return msgspec.convert(keys, TaskToml)


def changed_keys(keys: TaskToml, changes: Mapping[str, object]) -> TaskToml:
    """Return the keys with some replaced, checked as those of a file are.

    Raises:
        TaskError: an unknown key, or a value of the wrong type or out of range.
    """
    for key, value in changes.items():
        _check(key, value)
    return msgspec.structs.replace(keys, **changes) if changes else keys


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise TaskError(f"{FILE}: `command` is {command!r}: {error}; close the quote or give a list.") from error


def _check(key: str, value: Any) -> None:
    known = TaskToml.__struct_fields__
    if key not in known:
        hint = nearest(key, known) or f" Known keys: {', '.join(known)}."
        raise TaskError(f"{FILE}: unknown key {key!r}.{hint}")
    types = _TYPES.get(key, (str,))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        wanted = _TYPE_NAMES.get(key, "a string in quotes")
        raise TaskError(f"{FILE}: `{key}` must be {wanted}, not {value!r}.")
    _check_limits(key, value)


def _check_limits(key: str, value: Any) -> None:
    if key in _CHOICES and value not in _CHOICES[key]:
        choices = ", ".join(f'"{choice}"' for choice in _CHOICES[key])
        raise TaskError(f"{FILE}: `{key}` is {value!r}; it must be one of {choices}.")
    if key == "holdout" and not 0 < value < 1:
        raise TaskError(f"{FILE}: `holdout` is {value}; it must be a share between 0 and 1, such as 0.2.")
    if key == "folds" and not 1 <= value <= 50:
        raise TaskError(f"{FILE}: `folds` is {value}; it must be 1 (a single hold-out) to 50.")
    if key == "separator" and len(value) != 1:
        raise TaskError(f"{FILE}: `separator` is {value!r}; it must be one character.")
    if key == "target" and not isinstance(value, str):
        names = [name for name in value if isinstance(name, str) and name]
        if len(names) != len(value) or len(set(names)) != len(names):
            raise TaskError(f"{FILE}: `target` must be {_TYPE_NAMES[key]}, each named once, not {list(value)!r}.")
    if key == "command" and isinstance(value, list) and not all(isinstance(part, str) for part in value):
        raise TaskError(f"{FILE}: `command` must be a list of strings, not {value!r}.")
    if key == "python" and not (set(value) == {"path"} and isinstance(value["path"], str) and value["path"]):
        raise TaskError(f"{FILE}: `python` must be {_TYPE_NAMES[key]}, not {value!r}.")
    if key not in ("goal", "description") and value in ("", [], ()):
        raise TaskError(f"{FILE}: `{key}` is empty; give it a value or leave it out.")
