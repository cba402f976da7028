"""The Python that scripts run with: where it lies, so that a sandbox can show it, and which version it is."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError

_SECONDS = 30.0
ASK = """\
import json, os, pkgutil, re, site, sys, sysconfig
from importlib import metadata

packages, chosen = {}, []
for one in metadata.distributions():
    try:
        name = re.sub("[-_.]+", "-", one.metadata["Name"]).lower()
        if name not in packages:
            packages[name] = str(one.version)
            if one.read_text("REQUESTED") is not None:
                chosen.append(name)
    except Exception:
        continue  # what is left of a package that was removed in part

modules = set()
if not any(str(getattr(f, "__module__", "")).startswith("__editable__") for f in sys.meta_path):
    modules.update(sys.builtin_module_names, getattr(sys, "stdlib_module_names", ()))
    modules.update(m.name for m in pkgutil.iter_modules())
    for place in sys.path:
        if os.path.isdir(place):
            modules.update(name for name in os.listdir(place) if name.isidentifier())  # packages without __init__.py

print(json.dumps({
    "modules": sorted(modules),
    "packages": packages,
    "chosen": chosen,
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
        packages: the version of each that it has, by its normalised name, such as `scikit-learn`.
        chosen: names of those that somebody installed for themselves, not for another's sake, as far as that is known.
        modules: top-level names of all that it can import; empty where that is not known.
        elsewhere: it is not on this machine, and `path` and `places` mean nothing here.
    """

    path: Path
    version: str
    places: tuple[Path, ...]
    packages: dict[str, str] = {}
    chosen: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def release(self) -> tuple[int, int]:
        """Its version as (major, minor)."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


@functools.cache
def find_interpreter(path: Path | None = None) -> Interpreter:
    """Return the Python at `path`, by default the one that runs this, after having asked it.

    Raises:
        ExecutionError: there is none, or it does not answer as a Python does.
    """
    python = Path(os.path.abspath(path)) if path is not None else Path(sys.executable)  # noqa: PTH100 - no links
    try:
        done = subprocess.run(
            [python, "-c", ASK], capture_output=True, text=True, timeout=_SECONDS, check=True, cwd="/", env=_clean()
        )
    except OSError as error:
        raise ExecutionError(f"{python} is no Python that can be run here: {error.strerror}.") from error
    except (subprocess.SubprocessError, ValueError) as error:
        raise ExecutionError(f"{python} does not answer as a Python does; name another one.") from error
    return interpreter_told(python, done.stdout)


def interpreter_told(python: Path, printed: str) -> Interpreter:
    """Return a Python by what it printed when it ran `ASK`.

    Raises:
        ExecutionError: that is not what a Python prints, or it is too old.
    """
    try:
        told = json.loads(printed)
        version, places = str(told["version"]), [str(p) for p in told["places"]]
        packages = {str(name): str(number) for name, number in told["packages"].items()}
        chosen = tuple(sorted(map(str, told["chosen"])))
        modules = tuple(map(str, told["modules"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExecutionError(f"{python} does not answer as a Python does; name another one.") from error
    if tuple(map(int, version.split("."))) < (3, 8):
        raise ExecutionError(f"{python} is Python {version}; scripts need 3.8 or newer.")
    places += [str(python.parent), str(python.resolve().parent)]
    return Interpreter(python, version, _outermost(places), packages, chosen, modules)


def common(found: Sequence[Interpreter]) -> Interpreter:
    """Return what scripts may count on that run with any one of several: the oldest, with the packages that all have.

    `modules` are those of any: of others it is certain that none can be imported.
    """
    oldest = min(found, key=lambda one: tuple(map(int, one.version.split("."))))
    packages = {n: v for n, v in oldest.packages.items() if all(n in one.packages for one in found)}
    modules = sorted({m for one in found for m in one.modules}) if all(one.modules for one in found) else ()
    return msgspec.structs.replace(oldest, packages=packages, modules=tuple(modules))


_COMPILE = """\
import sys, warnings
warnings.simplefilter("ignore")
try:
    compile(sys.stdin.buffer.read().decode("utf-8"), "solution.py", "exec", dont_inherit=True)
except SyntaxError as error:
    place = "line %d" % error.lineno if error.lineno else "the script"
    if error.lineno and error.offset and error.offset > 0:
        place += ", column %d" % error.offset
    print("%s: %s" % (place, error.msg))
except (ValueError, OverflowError) as error:
    print("the script: %s" % error)
except (RecursionError, MemoryError):
    print("the script: nested too deeply to compile")
"""


def compile_error(path: Path, code: str) -> str | None:
    """Return why a script does not compile in the Python at `path`, with line and column; None where it does.

    Where that Python cannot be asked nothing is known against the script.
    """
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _COMPILE],
            input=code.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _outermost(places: list[str]) -> tuple[Path, ...]:
    """Return the existing folders and archives, each in its written form, without those inside others."""
    kept: list[Path] = []
    for place in sorted({Path(p) for p in places if p and Path(p).is_absolute() and os.access(p, os.R_OK)}):
        if not any(place.is_relative_to(other) for other in kept):
            kept.append(place)
    return tuple(kept)
