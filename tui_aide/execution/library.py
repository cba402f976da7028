"""What an interpreter can import, asked of it in processes of their own and kept."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from tui_aide.execution.environment import script_environment

_PATIENCE = 30.0
_ASK = """\
import importlib, json, pkgutil, sys

def tell(**line):
    told.write(json.dumps(line) + "\\n")
    told.flush()

def look(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        gone = error.name
        missing = bool(gone) and (name == gone or name.startswith(gone + "."))
        return ("missing" if missing else "unknown"), []
    except BaseException:
        return "unknown", []
    return describe(module)

def describe(module):
    try:
        own = vars(module)
        names = set(dir(module)) | set(own.get("__all__", ()))
        if own.get("__path__"):
            names.update(m.name for m in pkgutil.iter_modules(module.__path__))
        lazy = "__getattr__" in own and "__dir__" not in own and "__all__" not in own
        return ("open" if lazy else "known"), sorted(n for n in names if isinstance(n, str))
    except BaseException:
        return "unknown", []

with open(sys.argv[1], "a") as told, open(sys.argv[2]) as asked:
    wanted = json.load(asked)
    top = {m.name for m in pkgutil.iter_modules()} | set(sys.builtin_module_names)
    tell(top=sorted(top | set(getattr(sys, "stdlib_module_names", ()))))
    for name in wanted:
        tell(begin=name)
        state, names = look(name)
        tell(module=name, state=state, names=names)
    packages = {n.partition(".")[0] for n in wanted}
    for name, module in sorted(sys.modules.items()):
        package, _, last = name.partition(".")
        if package in packages and last and "." not in last and last[0] != "_" and name not in wanted:
            state, names = describe(module)
            tell(module=name, state=state, names=names)
"""


class _Module(msgspec.Struct, frozen=True):
    """What was told of one module; `state` is "known", "open" (it may have more names), "missing" or "unknown"."""

    state: str
    names: frozenset[str]


class _Line(msgspec.Struct, frozen=True):
    """One line that the asked interpreter writes."""

    top: list[str] = []
    begin: str = ""
    module: str = ""
    state: str = "unknown"
    names: list[str] = []


class InterpreterLibrary:
    """The modules and names of an interpreter, as far as they were learnt; everything else is not known.

    Modules are imported in short-lived processes of that interpreter, in the environment of scripts; one that crashes,
    or hangs, stays unknown.

    Args:
        python: the interpreter.
        cache: folder in which what was learnt is kept until the interpreter or its packages change; None keeps nothing.
        seconds: how long one call of `learn` may take.
    """

    def __init__(
        self, python: Path | str = sys.executable, cache: Path | None = None, seconds: float = _PATIENCE
    ) -> None:
        self._python = Path(python)
        self._seconds = seconds
        self._modules: dict[str, _Module] = {}
        self._top: frozenset[str] = frozenset()
        self._lock = asyncio.Lock()
        self._file = self._cache_file(cache) if cache is not None else None
        self._load()

    def exists(self, module: str) -> bool | None:
        """Whether a module can be imported; None where that was not learnt."""
        known = self._modules.get(module)
        return None if known is None or known.state == "unknown" else known.state != "missing"

    def names(self, module: str) -> frozenset[str] | None:
        """Return all names and submodules of a module; None where they were not learnt or it may have others."""
        known = self._modules.get(module)
        return known.names if known is not None and known.state == "known" else None

    def modules(self) -> frozenset[str]:
        """Return the top-level names that can be imported; empty before anything was learnt."""
        return self._top

    async def learn(self, modules: Collection[str]) -> None:
        """Learn modules, and the packages that they lie in, where they are not yet known.

        Never raises for what the interpreter does: what it does not tell in time stays unknown.

        Args:
            modules: dotted names, such as `imported_modules` gives.
        """
        async with self._lock:
            wanted = {".".join(p[: i + 1]) for m in modules if (p := m.split(".")) for i in range(len(p))}
            left = sorted(wanted - self._modules.keys())
            if not left:
                return
            end = time.monotonic() + self._seconds
            while left and (seconds := end - time.monotonic()) > 0:
                begun = await self._ask(left, seconds)
                if begun and begun not in self._modules:
                    self._modules[begun] = _Module("unknown", frozenset())
                remaining = [m for m in left if m not in self._modules]
                if len(remaining) == len(left):
                    break
                left = remaining
            for module in left:
                self._modules.setdefault(module, _Module("unknown", frozenset()))
            self._keep()

    async def _ask(self, modules: list[str], seconds: float) -> str:
        """Take in what one process tells of modules; return the one that it began and did not end, or nothing."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            folder = Path(place)
            told, asked, home, work = (folder / n for n in ("told", "asked", "home", "work"))
            home.mkdir()
            work.mkdir()
            asked.write_bytes(msgspec.json.encode(modules))
            told.touch()
            environment = script_environment(home, home, 1, "library", python=self._python, gpus="")
            try:
                process = await asyncio.create_subprocess_exec(
                    *(str(self._python), "-c", _ASK, str(told), str(asked)),
                    cwd=work,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                return ""
            try:
                async with asyncio.timeout(seconds):
                    await process.wait()
            except TimeoutError:
                pass
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
            return self._take(told.read_bytes())

    def _take(self, told: bytes) -> str:
        begun = ""
        for text in told.splitlines():
            try:
                line = msgspec.json.decode(text, type=_Line)
            except msgspec.DecodeError:
                continue  # a process that was ended in the middle of a line
            if line.top:
                self._top = frozenset(line.top)
            if line.begin:
                begun = line.begin
            if line.module:
                self._modules[line.module] = _Module(line.state, frozenset(line.names))
                begun = "" if begun == line.module else begun
        return begun

    def _cache_file(self, cache: Path) -> Path | None:
        """Return the file for this interpreter with these packages; None where it has none that can be watched."""
        python = self._python.absolute()
        places = [python, *sorted(python.parent.parent.glob("lib*/python*/site-packages"))]
        places += sorted(python.parent.parent.glob("Lib/site-packages"))
        try:
            marks = [f"{place}:{place.stat().st_mtime_ns}" for place in places]
        except OSError:
            return None
        if len(marks) < 2:
            return None
        return cache / f"{hashlib.sha256('|'.join(marks).encode()).hexdigest()[:32]}.json"

    def _load(self) -> None:
        if self._file is None:
            return
        with contextlib.suppress(OSError, msgspec.DecodeError):
            kept = msgspec.json.decode(self._file.read_bytes(), type=_Kept)
            self._top, self._modules = kept.top, dict(kept.modules)

    def _keep(self) -> None:
        """Write what is known; what is unknown is asked anew by the next process."""
        if self._file is None:
            return
        known = {m: told for m, told in self._modules.items() if told.state != "unknown"}
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(f".{os.getpid()}.new")
            fresh.write_bytes(msgspec.json.encode(_Kept(self._top, known)))
            fresh.replace(self._file)


class ToldLibrary:
    """What is known of an interpreter that cannot be asked from here: which top-level modules it told to have.

    Args:
        modules: their names; empty where it told none, and nothing is known.
    """

    def __init__(self, modules: Collection[str]) -> None:
        self._modules = frozenset(modules)

    def exists(self, module: str) -> bool | None:
        """Whether a module can be imported; None where that was not told."""
        top, below, _ = module.partition(".")
        if self._modules and top not in self._modules:
            return False
        return None if below or not self._modules else True

    def names(self, module: str) -> None:
        """Return nothing: no names are known."""
        return

    def modules(self) -> frozenset[str]:
        """Return the top-level names that can be imported; empty where they were not told."""
        return self._modules


class _Kept(msgspec.Struct, frozen=True):
    """The file in the cache."""

    top: frozenset[str]
    modules: dict[str, _Module]


def default_cache() -> Path:
    """Return the folder in the user's cache in which libraries are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("tui_aide", appauthor=False) / "libraries"
