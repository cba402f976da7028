"""On what figures were taken: the machine, the versions, and which state of the project."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path

import msgspec
import psutil

from benchmarks.peers import aideml_version, peer_version

ROOT = Path(__file__).parent.parent
PACKAGES = ("textual", "aiohttp", "msgspec", "numpy", "pandas", "scikit-learn", "psutil", "tree-sitter")
PEERS = ("openai",)
TABLE = (":!benchmarks/results.json", ":!docs/performance.md")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the suite; `commit` ends with `+` where files differed from it."""

    number: int
    date: str
    command: str
    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: dict[str, str]
    commit: str


def cpu_name() -> str:
    """Return the processor's name as the kernel tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def cores() -> int:
    """Return the cores that this process may use."""
    return len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count() or 1


def commit() -> str:
    """Return the short name of the commit, with `+` where files differ, but for the table's own; or nothing."""
    git = ["git", "-C", str(ROOT)]
    named = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", ".", *TABLE], capture_output=True, text=True, check=False
    )
    return named.stdout.strip() + ("+" if changed.stdout.strip() else "")


def versions() -> dict[str, str]:
    """Return the versions of what the figures depend on, the installed peers' too."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    found |= {f"peer {name}": version for name in PEERS if (version := peer_version(name))}
    if aide := aideml_version():
        found["peer aideml"] = aide
    return found


def describe(number: int, date: str, command: str) -> Run:
    """Return what is to be known of a run that begins now."""
    return Run(
        number=number,
        date=date,
        command=command,
        cpu=cpu_name(),
        cores=cores(),
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages=versions(),
        commit=commit(),
    )
