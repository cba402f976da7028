"""Forking real searches of the built-in proposer: the fork goes on, what was forked stays as it is."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program
from tests.sessions.test_forking import state

RUN = ("--model", "builtin", "--sequential", "--headless", "--no-ensemble", "--no-refit")


def shape(summary: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(n["operator"], n["parents"], n["verdict"], n["score"], n["title"], n["tokens"]) for n in summary["nodes"]]


def test_a_fork_of_a_finished_search_goes_on_as_that_did(program: Program, task: Path) -> None:
    assert program.run("run", str(task), *RUN, "--nodes", "3", "--name", "one").returncode == 0
    before = state(program.sessions / "one")
    done = program.run("fork", "one", "#1", "--name", "two")
    assert done.returncode == 0, done.stderr
    assert "tui-aide resume two" in done.stdout
    assert "forked from one after #1" in program.run("show", "two").stdout
    forked = program.summary("two")
    original = program.summary("one")
    assert shape(forked) == shape(original)[:2]
    assert (forked["status"], forked["forked_from"]) == ("stopped", {"session": "one", "node": 1})
    assert program.run("resume", "two", "--headless").returncode == 0
    again = program.summary("two")
    assert shape(again) == shape(original)  # the same seed, proposer and split: the same search
    assert again["tokens"] == original["tokens"]
    assert again["wall_seconds"] < original["wall_seconds"] + 60
    assert state(program.sessions / "one") == before


@pytest.mark.slow
def test_a_fork_of_a_running_search_leaves_it_alone(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *RUN, "--nodes", "3", "--json", "--name", "one")
    assert viewer.stdout is not None
    next(line for line in viewer.stdout if '"incumbent_changed"' in line)
    before = state(program.sessions / "one" / "nodes" / "0000")
    pid = program.runner_pid("one")
    os.kill(pid, signal.SIGSTOP)  # so that it runs for sure
    try:
        done = program.run(
            "fork", "one", "0", "--seed", "5", "--name", "two", "--nodes", "2", "--headless", "--policy", "best-first"
        )
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 0, done.stderr
    viewer.communicate(timeout=60)
    one, two = program.summary("one"), program.summary("two")
    assert (one["status"], len(one["nodes"])) == ("finished", 3)
    assert (two["status"], two["seed"], two["policy"], len(two["nodes"])) == ("finished", 5, "best-first", 2)
    assert shape(two)[0] == shape(one)[0]
    assert state(program.sessions / "one" / "nodes" / "0000") == before


def test_a_recording_cannot_be_forked_to_run(program: Program) -> None:
    recorded = str(Path(__file__).parents[2] / "sessions" / "tumours")
    refused = program.run("fork", recorded, "5", "--headless")
    assert (refused.returncode, "has no data" in refused.stderr) == (1, True)
    assert not program.sessions.exists()
    done = program.run("fork", recorded, "5", "--name", "two")
    assert (done.returncode, "it can be shown" in done.stdout) == (0, True)
    assert program.summary("two")["status"] == "stopped"
    wrong = program.run("fork", "two", "x")
    assert (wrong.returncode, "no number of a node" in wrong.stderr) == (2, True)
