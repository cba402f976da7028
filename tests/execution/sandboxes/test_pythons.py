"""Scripts' interpreters of other versions than ours, as many as this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.warm.running import laid_out, starter
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import choose, try_out
from tui_aide.execution.warm import modules, warm_starter

VERSIONS = ("3.8", "3.9", "3.10", "3.12", "3.13", "3.14")


def found(version: str) -> Path:
    """Return the Python of a version that is on the path or that pyenv has installed."""
    for python in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")):
        return python
    program = shutil.which(f"python{version}")
    if program and subprocess.run([program, "-c", "pass"], capture_output=True, check=False).returncode == 0:
        return Path(program)  # pyenv has programs by these names that only say how to get one
    pytest.skip(f"there is no Python {version} here")


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", ["bwrap", "namespaces", "landlock", "none"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_scripts_run_with_any_python(
    version: str, mode: str, warm: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = found(version)
    if mode != "none" and (trial := try_out(mode)).sandbox is None:
        pytest.skip(trial.why)
    monkeypatch.setattr(modules, "USUAL", ("json", "multiprocessing"))
    monkeypatch.setattr(warm_starter, "usable", bool)
    executor = LocalExecutor(python, choose(mode, python), warm_threads=1 if warm else None)
    await executor.start()
    assert not warm or await starter(executor).ready(), starter(executor).given_up
    execution = laid_out(tmp_path, "import sys\nprint(*sys.version_info[:2], sep='.')\nsys.exit(3)")
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, execution.output.read_text()) == ("exited", 3, f"{version}\n")
    assert not warm or starter(executor).begun == 1
    await executor.aclose()


def test_descriptors_are_closed_at_once_however_many_there_may_be() -> None:
    code = """
import os, resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
os.closerange = None
from tui_aide.execution.inside.namespaces import close_others
kept, other = os.pipe()
os.dup2(other, 200)
close_others(frozenset([kept]))
print(*[fd for fd in range(300) if os.path.exists(f"/proc/self/fd/{fd}")], kept)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    *left, kept = map(int, done.stdout.split())
    assert left == [0, 1, 2, kept]
