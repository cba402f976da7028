"""How the suite runs an attack: in a process of its own, as this user or as an ordinary one."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import tui_aide
from tests.execution.attacks import runner
from tui_aide.execution.sandboxes.choosing import try_out

MODES = ("bwrap", "namespaces", "landlock")
LANES = ("own", "ordinary")
_ORDINARY = 12345
_SECONDS = 60


@functools.cache
def lacking(mode: str, lane: str) -> str:
    """Return why attacks cannot be run in a mode as a user; empty where they can."""
    if mode in MODES and not (trial := try_out(mode)).sandbox:
        return trial.why
    if lane == "own":
        return ""
    if os.getuid():
        return "the tests run as an ordinary user already"
    done = subprocess.run(
        [*_python(lane), "-c", "import msgspec, psutil, tui_aide.execution.local"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **_as_user(lane),
    )
    if done.returncode:
        return f"an ordinary user has no Python that can run the executor: {done.stderr.strip().splitlines()[-1]}"
    return ""


def _python(lane: str) -> list[str]:
    """Return an interpreter that the lane's user can run; the system's where ours lies in root's home."""
    if lane == "own" or not Path(sys.executable).resolve().is_relative_to("/root"):
        return [sys.executable]
    return [f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"]


def _as_user(lane: str) -> dict[str, Any]:
    paths = [Path(tui_aide.__file__).parents[1], Path(pytest.__file__).parents[1]]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, paths)), "LANG": "C.UTF-8"}
    if lane == "own":
        return {"env": environment}
    return {"env": environment, "user": _ORDINARY, "group": _ORDINARY, "extra_groups": []}


def attack(
    mode: str,
    lane: str,
    script: str,
    *,
    only: Sequence[str] = (),
    warm: bool = False,
    network: bool = False,
    limits: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a script amid what it should not get at; return what came of it, as `runner` prints it.

    Args:
        mode: the sandbox.
        lane: `own` user or an `ordinary` one; the test is skipped where that cannot be.
        script: its text; it finds `targets.json` beside it.
        only: names of the deeds to do, where it is `deeds`; all where empty.
        warm: whether it is forked from a process with modules loaded.
        network: whether it may use the network.
        limits: of `Execution`, beside those that are usual here.
    """
    if why := lacking(mode, lane):
        pytest.skip(why)
    base = Path(tempfile.mkdtemp(prefix="tui-aide-attack-"))
    try:
        if lane == "ordinary":
            os.chown(base, _ORDINARY, _ORDINARY)
        usual = {"seconds": 20.0, "memory": 2 * runner.SHM_MIB << 20, "network": network}
        asked = {
            "base": str(base),
            "canary": f"canary-{uuid.uuid4().hex[:12]}",
            "mode": mode,
            "python": "",
            "script": script,
            "only": list(only),
            "warm": warm,
            "limits": {**usual, **(limits or {})},
        }
        done = subprocess.run(
            [*_python(lane), runner.__file__],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            cwd="/",
            **_as_user(lane),
        )
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told
    finally:
        shutil.rmtree(base, ignore_errors=True)
