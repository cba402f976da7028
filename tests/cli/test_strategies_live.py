"""Strategies from the command line on, with real processes: made, shown, switched, resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program

BUILTIN = ("--model", "builtin")


@pytest.mark.slow
def test_candidates_are_made_told_and_kept(program: Program, task: Path) -> None:
    spec = "best-of-n(n=2)+self-debugging(rounds=1)+preflight"
    done = program.run("run", str(task), *BUILTIN, "--strategy", spec, "--nodes", "2", "--headless", "--name", "one")
    assert done.returncode == 0, done.stderr
    assert "2 candidates (best-of-n)" in done.stdout
    summary = program.summary("one")
    node = summary["nodes"][0]
    assert len(node["candidates"]) == 2
    assert sum(c["chosen"] for c in node["candidates"]) == 1
    assert all(c["note"] for c in node["candidates"])
    assert node["samples"] >= 2
    costs = [sum(kinds.values()) for kinds in node["costs"].values()]
    assert sum(costs) == sum(node["tokens"].values())
    (spent,) = summary["spent"].values()
    assert spent["nodes"] == 2
    assert spent["tokens"] == summary["tokens"]
    assert summary["strategy"] == spec
    folder = program.sessions / "one" / "nodes" / "0000"
    assert (folder / "solution.py").is_file()
    assert len(list((folder / "candidates").iterdir())) >= 1


@pytest.mark.slow
def test_a_running_search_changes_its_strategy_and_a_resumed_one_keeps_it(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *BUILTIN, "--nodes", "40", "--headless", "--json", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if '"node_finished"' in line:
            break
    wrong = program.run("send", "one", "strategy", "best-of-m")
    assert wrong.returncode == 1
    assert "Did you mean 'best-of-n'?" in wrong.stdout
    sent = program.run("send", "one", "strategy", "recommended")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert "policy: best-first" in sent.stdout
    assert program.run("send", "one", "policy", "mcts").returncode == 0
    assert program.run("send", "one", "stop").returncode == 0
    viewer.communicate(timeout=60)
    before = program.summary("one")
    assert before["policy"] == "mcts"
    assert before["strategy"].startswith("best-of-n(")
    done = program.run("resume", "one", "--headless", "--json", "--nodes", str(len(before["nodes"]) + 1))
    assert done.returncode == 0, done.stderr
    after = json.loads(done.stdout.splitlines()[-1])
    assert after["nodes"][-1]["strategy"] == before["strategy"]
    assert after["policy"] == "mcts"


def test_bad_names_and_numbers_are_refused_before_anything_is_made(program: Program, task: Path) -> None:
    for spec, words in {
        "best-of-n(n=0)": "n must be from 1 to 32, not 0",
        "recommendet": "Did you mean 'recommended'?",
        "self-debugging+": "wants a name at its end",
    }.items():
        done = program.run("run", str(task), *BUILTIN, "--strategy", spec, "--headless")
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
    assert not program.sessions.exists()
