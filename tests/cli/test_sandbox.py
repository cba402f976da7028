"""The sandbox of a whole search: chosen, told, and used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program
from tui_aide.execution.sandboxes.choosing import choose, try_out

FEW = ("--model", "builtin", "--nodes", "1", "--headless", "--no-ensemble", "--no-refit", "--name", "one")


@pytest.mark.parametrize("name", ["auto", "landlock", "none"])
def test_a_search_runs_in_the_sandbox_and_says_which(program: Program, task: Path, name: str) -> None:
    if name not in ("auto", "none") and (trial := try_out(name)).sandbox is None:
        pytest.skip(trial.why)
    done = program.run("run", str(task), *FEW, "--sandbox", name)
    assert done.returncode == 0, done.stderr + done.stdout
    place = choose(name).place
    line = next(line for line in done.stdout.splitlines() if "scripts run " in line)
    assert f" {place.words}{': ' if place.warning else ''}{place.warning}" in line
    assert (" ! " in line) is bool(place.warning)
    assert [node["verdict"] for node in program.summary("one")["nodes"]] == ["valid"]


def test_no_such_sandbox_is_a_usage_error(program: Program, task: Path) -> None:
    done = program.run("run", str(task), "--sandbox", "jail", "--headless")
    assert done.returncode == 2
    assert "--sandbox" in done.stderr
    assert "landlock" in done.stderr


def test_a_task_opts_into_the_network(program: Program, task: Path) -> None:
    toml = task / "task.toml"
    toml.write_text((toml.read_text() if toml.exists() else "") + "\nnetwork = true\n")
    assert program.run("run", str(task), *FEW).returncode == 0
    assert "network = true" in (program.sessions / "one" / "session.toml").read_text()
    prompt = (program.sessions / "one" / "nodes" / "0000" / "prompt.md").read_text()
    assert "The network may be used." in prompt


def test_a_network_in_quotes_is_an_error_that_names_the_key(program: Program, task: Path) -> None:
    toml = task / "task.toml"
    toml.write_text((toml.read_text() if toml.exists() else "") + '\nnetwork = "yes"\n')
    done = program.run("run", str(task), *FEW)
    assert done.returncode != 0
    assert "`network` must be true or false, without quotes, not 'yes'" in done.stderr


def test_doctor_names_the_sandbox_in_use(program: Program) -> None:
    done = program.run("doctor", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["checks"]}
    place = choose().place
    assert rows["sandbox"]["found"].startswith(place.words)
    assert rows["sandbox"]["state"] == ("note" if place.warning else "ok")
