"""Which Python a session's scripts run with: the user's word, the task's, or our own; asked before any work."""

from __future__ import annotations

import os
from pathlib import Path

from tui_aide.engine.script_python import lacking, script_python
from tui_aide.errors import ExecutionError, TaskError, TuiAideError, UsageError
from tui_aide.execution.executor import TellingExecutor
from tui_aide.execution.interpreter import Interpreter, find_interpreter
from tui_aide.models.chat import ScriptPython
from tui_aide.sessions.model_side import BUILTIN
from tui_aide.tasks.task_toml import FILE, read_task_toml


def choose_python(option: str | None, task: Path) -> Interpreter | None:
    """Return the interpreter that the user, or else task.toml, names; None where neither does.

    A folder stands for the virtual environment in it.

    Raises:
        UsageError: the user's is none.
        TaskError: the task's is none, or task.toml cannot be read.
    """
    if option is not None:
        return _ask(Path(option).expanduser(), "--python", UsageError)
    table = read_task_toml(task).python
    if table is None:
        return None
    return _ask(task / Path(table.path).expanduser(), f"{FILE}: `path` in [python]", TaskError)


def _ask(path: Path, who: str, kind: type[TuiAideError]) -> Interpreter:
    path = Path(os.path.abspath(path))  # noqa: PTH100 - a virtual environment is told by its path
    if path.is_dir():
        inner = next((p for p in (path / "bin" / "python", path / "Scripts" / "python.exe") if p.exists()), None)
        if inner is None:
            raise kind(f"{who}: {path} is a folder without bin/python; name a Python, or the folder of an environment")
        path = inner
    try:
        return find_interpreter(path)
    except ExecutionError as error:
        raise kind(f"{who}: {error}") from error


def remarks(python: Interpreter, model: str) -> list[str]:
    """Return what a user should know of an interpreter before scripts run with it.

    Raises:
        UsageError: it lacks what every script of the built-in proposer needs.
    """
    lacks = lacking(script_python(python).packages)
    install = f"install: {python.path} -m pip install {' '.join(lacks)}"
    if python.elsewhere:
        install = f"install {' '.join(lacks)} there, or name another Python by --python"
    if lacks and model == BUILTIN:
        raise UsageError(
            f"{python.path} has no {_listed(lacks)}, which the built-in proposer's scripts need; {install}"
        )
    if lacks:
        return [f"warning: {python.path} has no {_listed(lacks)}, which most scripts import; {install}"]
    return []


async def session_python(executor: TellingExecutor, model: str) -> tuple[ScriptPython, list[str]]:
    """Return what prompts may tell of the Python that scripts have where they run, and what users should know of it.

    Of one on this machine they were told before the session began.

    Raises:
        ExecutionError: it is gone.
        UsageError: it lacks what every script of the built-in proposer needs.
    """
    found = await executor.interpreter()
    return script_python(found), remarks(found, model) if found.elsewhere else []


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and no {names[-1]}"
