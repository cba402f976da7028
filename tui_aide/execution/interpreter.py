"""The Python that scripts run with: where it lies, so that a sandbox can show it, and which version it is."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError

_SECONDS = 30.0
_ASK = """\
import json, site, sys, sysconfig
print(json.dumps({
    "executable": sys.executable,
    "version": ".".join(map(str, sys.version_info[:3])),
    "places": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix,
               *sysconfig.get_paths().values(), site.getusersitepackages(), *sys.path],
}))
"""


class Interpreter(msgspec.Struct, frozen=True):
    """A Python.

    Attributes:
        path: the program, as it was named: a virtual environment is told by its path, so links are not followed.
        version: such as `3.11.7`.
        places: existing folders that it reads its library and packages from, none inside another.
    """

    path: Path
    version: str
    places: tuple[Path, ...]


@functools.cache
def find_interpreter(path: Path | None = None) -> Interpreter:
    """Return the Python at `path`, by default the one that runs this, after having asked it.

    Raises:
        ExecutionError: there is none, or it does not answer as a Python does.
    """
    python = Path(os.path.abspath(path)) if path is not None else Path(sys.executable)  # noqa: PTH100 - no links
    try:
        done = subprocess.run(
            [python, "-c", _ASK], capture_output=True, text=True, timeout=_SECONDS, check=True, cwd="/", env=_clean()
        )
        told = json.loads(done.stdout)
        version, places = str(told["version"]), [str(p) for p in told["places"]]
    except OSError as error:
        raise ExecutionError(f"{python} is no Python that can be run here: {error.strerror}.") from error
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise ExecutionError(f"{python} does not answer as a Python does; name another one.") from error
    if tuple(map(int, version.split("."))) < (3, 8):
        raise ExecutionError(f"{python} is Python {version}; scripts need 3.8 or newer.")
    return Interpreter(python, version, _outermost([*places, str(python.parent), str(python.resolve().parent)]))


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _outermost(places: list[str]) -> tuple[Path, ...]:
    """Return the existing folders and archives, each in its written form, without those inside others."""
    kept: list[Path] = []
    for place in sorted({Path(p) for p in places if p and Path(p).is_absolute() and Path(p).exists()}):
        if not any(place.is_relative_to(other) for other in kept):
            kept.append(place)
    return tuple(kept)
