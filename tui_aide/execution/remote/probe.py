"""Looking at a node before the first script: is there what we need? Imports nothing that may be missing."""

from __future__ import annotations

import importlib.util

PACKAGES = ("msgspec", "psutil")
"""What the part of tui_aide that runs on nodes imports."""


def look(python: str | None, sandbox: str) -> dict[str, str]:
    """Return what a node is like, or `error`, what is wrong with it.

    Args:
        python: the interpreter of the scripts, None for this one.
        sandbox: as `--sandbox` has it.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        return {"error": f"lacks the Python package {missing[0]}; there, `pip install {' '.join(missing)}`"}
    from pathlib import Path

    from tui_aide import __file__ as origin
    from tui_aide.errors import TuiAideError
    from tui_aide.execution.interpreter import find_interpreter
    from tui_aide.execution.remote.messages import to_line
    from tui_aide.execution.remote.node_folders import cache_folder, work_folder
    from tui_aide.execution.remote.worker import sandbox_of

    try:
        path = Path(python) if python else None
        interpreter = find_interpreter(path)
        place = sandbox_of(sandbox, path).place
        cache_folder()
        with work_folder():
            pass
    except TuiAideError as error:
        return {"error": f"cannot run scripts: {error}"}
    told = {"words": place.words, "warning": place.warning, "remedy": place.remedy, "origin": str(origin)}
    return told | {"interpreter": to_line(interpreter).decode()}
