"""The preflight of a script, with the files of the task and the interpreter that will run it."""

from __future__ import annotations

import asyncio
import sys
from functools import cache

from tui_aide.code.preflight import Finding, Library, Surroundings, homes, imported_modules, preflight
from tui_aide.execution.library import InterpreterLibrary, ToldLibrary, default_cache
from tui_aide.models.chat import Limits, ScriptPython
from tui_aide.tasks.task import TaskView

_LISTED = 200
"""A task's view lists so many files at most: where it has as many, there may be more."""


@cache
def _library(python: str) -> InterpreterLibrary:
    """What scripts of one interpreter can import, learnt once a process and kept on disk."""
    return InterpreterLibrary(python, cache=default_cache())


def surroundings(view: TaskView, limits: Limits | None = None) -> Surroundings:
    """Return what the preflight needs to know of a task; columns are told of the two tables alone."""
    python = limits.python if limits is not None else None
    columns = {
        "input/train.csv": tuple(c.name for c in view.columns),
        "input/test.csv": tuple(c.name for c in view.columns if c.in_test),
    }
    return Surroundings(
        files={path: columns.get(path, ()) for path in view.files},
        target=view.target,
        targets=view.targets,
        python=python.release if python is not None else sys.version_info[:2],
        network=limits is not None and limits.network,
    )


async def check_script(code: str, view: TaskView, limits: Limits | None = None) -> list[Finding]:
    """Return what is certain to go wrong when the script runs; the first script that imports a package waits for it.

    Args:
        code: the script.
        view: its task.
        limits: what it may use, and which Python; by default the one that runs this.
    """
    library = await _learnt(imported_modules(code), limits.python if limits is not None else None)
    found = await asyncio.to_thread(preflight, code, surroundings(view, limits), library)
    unsure = set()
    if len(view.files) >= _LISTED:
        unsure.add("path")
    if view.score == "reported":
        unsure.add("submission")  # none is asked for: the script's own score counts
    return [finding for finding in found if finding.kind not in unsure]


async def _learnt(modules: frozenset[str], python: ScriptPython | None) -> Library:
    """Return what is known of modules in a Python, by default our own, after having asked it where that can be done."""
    if python is not None and python.elsewhere:
        return ToldLibrary(python.modules)
    library = _library(python.path if python is not None else sys.executable)
    await library.learn(modules)
    if likely := homes(m for m in modules if library.exists(m) is False):
        await library.learn(likely)
    return library
