"""Interpreters for tests: an environment with packages that are only names, and Pythons of other releases."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest


def environment(place: Path, *packages: str, chosen: tuple[str, ...] = ()) -> Path:
    """Make a virtual environment, quickly; return its Python.

    Args:
        place: its folder.
        packages: `name version` each; a module of that name can be imported.
        chosen: names of those that somebody installed for themselves.
    """
    venv.EnvBuilder(with_pip=False, symlinks=True).create(place)
    site = place / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    for package in packages:
        name, version = package.split()
        module = name.replace("-", "_")
        (site / f"{module}.py").write_text(f"__version__ = {version!r}\n")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if name in chosen:
            (info / "REQUESTED").touch()
    return place / "bin" / "python"


@functools.cache
def release(minor: int) -> Path:
    """Return a Python 3.`minor`, on the path or beside the one that runs the tests; skip where there is none."""
    beside = sorted(Path(sys.base_prefix).parent.glob(f"3.{minor}.*/bin/python"))
    for found in (shutil.which(f"python3.{minor}"), *map(str, beside)):
        if found and not subprocess.run([found, "-c", "pass"], capture_output=True, check=False).returncode:
            return Path(found)
    pytest.skip(f"there is no Python 3.{minor}")
