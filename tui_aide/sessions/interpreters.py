"""Which Python a session's scripts run with: the user's word, the task's, or our own; asked before any work."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tui_aide.engine.script_python import lacking, script_python
from tui_aide.errors import ExecutionError, TaskError, TuiAideError, UsageError
from tui_aide.execution.executor import Executor
from tui_aide.execution.interpreter import Interpreter, find_interpreter
from tui_aide.models.chat import ScriptPython
from tui_aide.sessions.config import SearchSettings
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
    install = f"{python.path} -m pip install {' '.join(lacks)}"
    if lacks and model == BUILTIN:
        raise UsageError(
            f"{python.path} has no {_listed(lacks)}, which the built-in proposer's scripts need; install: {install}"
        )
    if lacks:
        return [f"warning: {python.path} has no {_listed(lacks)}, which most scripts import; install: {install}"]
    return []


async def session_python(search: SearchSettings, executor: Executor) -> ScriptPython | None:
    """Return what prompts may tell of a session's Python, where it is on this machine or in an image.

    Raises:
        ExecutionError: it is gone.
    """
    if search.executor == "docker":
        from tui_aide.execution.docker_executor import DockerExecutor

        assert isinstance(executor, DockerExecutor)
        return script_python(await executor.interpreter())
    if search.executor != "local":
        return None
    return await asyncio.to_thread(script_python, Path(search.python) if search.python else None)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and no {names[-1]}"
