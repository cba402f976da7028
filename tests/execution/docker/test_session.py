"""A whole search whose scripts run in containers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon


@pytest.mark.slow
def test_a_search_runs_in_containers(daemon: Daemon, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui_aide", "run", "digits", "--headless", "--json", "--model", "builtin"]
    command += ["--nodes", "2", "--no-ensemble", "--no-refit", "--sessions-dir", str(tmp_path), "--name", "contained"]
    command += ["--executor", "docker", "--image", IMAGE]
    command += [word for place in PYTHON_PLACES for word in ("--mount", str(place))]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=os.environ | {"DOCKER_HOST": daemon.host}
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["status"] == "finished"
    assert [node["verdict"] for node in lines[-1]["nodes"]] == ["valid", "valid"]
    placed = [line for line in lines if line.get("type") == "scripts_placed"]
    assert len(placed) == 1
    assert placed[0]["words"].startswith("Docker ")
    assert daemon.containers() == []
    assert all(path.lstat().st_uid == os.getuid() for path in (tmp_path / "contained").rglob("*"))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--image", "a"], "--image goes with --executor docker"),
        (["--executor", "docker", "--image", "a", "--mount", "/no/such"], "--mount /no/such: there is no such file"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(words: list[str], error: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui_aide", "run", "digits", "--headless", "--model", "builtin", *words]
    done = subprocess.run([*command, "--sessions-dir", str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert error in done.stderr
    assert list(tmp_path.iterdir()) == []
