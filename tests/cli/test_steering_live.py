"""Steering from the command line, with real processes: done, kept over a resume, and refused in words."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.cli.servers import DoubleProcess


def running(program: Program, task: Path, *more: str) -> subprocess.Popen[str]:
    """A search of the built-in proposer that has made a node and is paused."""
    viewer = program.start(
        "run", str(task), "--model", "builtin", "--nodes", "40", "--headless", "--json", "--name", "one", *more
    )
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if '"node_finished"' in line:
            break
    assert program.run("send", "one", "pause").returncode == 0
    return viewer


def stop(program: Program, viewer: subprocess.Popen[str]) -> None:
    assert program.run("send", "one", "stop").returncode == 0
    viewer.communicate(timeout=60)


def test_what_is_steered_is_kept_over_a_resume(program: Program, task: Path) -> None:
    viewer = running(program, task)

    def say(*words: str) -> str:
        sent = program.run("send", "one", *words)
        assert (sent.returncode, sent.stderr) == (0, "")
        return sent.stdout.strip()

    assert say("hint", "use", "a", "random", "forest").startswith("hint 1: ")
    assert say("pin", "#0") == "#0 is pinned: new nodes go to its branch"
    assert say("pause", "0").startswith("the branch of #0 is paused")
    assert say("resume", "0") == "the branch of #0 goes on"
    assert "starts when the search goes on" in say("retry", "0")
    assert "from now on 3 workers and 2 slots" in say("streams", "--workers", "3", "--slots", "2")
    assert say("prune", "0").startswith("#0 is pruned")
    assert say("restore", "0").startswith("#0 is back")
    assert say("stop", "--gently") == "stopping when what runs has ended"
    viewer.communicate(timeout=60)
    made = len(program.summary("one")["nodes"])
    done = program.run("resume", "one", "--headless", "--json", "--nodes", str(made + 2))
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()[:-1]]
    (resumed,) = [e for e in events if e["type"] == "session_resumed"]
    assert (resumed["workers"], resumed["slots"]) == (3, 2)
    created = [e for e in events if e["type"] == "node_created"]
    assert created
    assert all(e["reason"].startswith("you pinned #0: ") for e in created)
    prompt = program.sessions / "one" / "nodes" / f"{created[0]['node']:04d}" / "prompt.md"
    assert "- use a random forest" in prompt.read_text()


@pytest.mark.slow
def test_the_model_changes_while_the_search_runs(program: Program, task: Path) -> None:
    viewer = running(program, task)
    refused = program.run("send", "one", "model", "builtin")
    assert (refused.returncode, refused.stdout) == (1, "nothing to do: builtin is the model already\n")
    nowhere = program.run("send", "one", "model", "big", "--base-url", "http://127.0.0.1:9/v1")
    assert (nowhere.returncode, "no model server answers there" in nowhere.stdout) == (1, True)
    with DoubleProcess() as server:
        unknown = program.run("send", "one", "model", "big", "--base-url", server.url)
        assert (unknown.returncode, "is not served at" in unknown.stdout) == (1, True)
        name = unknown.stdout.strip().rpartition(", ")[2].rpartition(" ")[2]
        sent = program.run("send", "one", "model", name, "--base-url", server.url)
        assert (sent.returncode, sent.stdout.startswith(f"model of new nodes: {name} at {server.url}")) == (0, True)
        made = len(program.summary("one")["nodes"])
        assert program.run("send", "one", "budget", "--nodes", str(made + 1)).returncode == 0
        assert program.run("send", "one", "resume").returncode == 0
        viewer.communicate(timeout=120)
        journal = (program.sessions / "one" / "journal.jsonl").read_text().splitlines()
        asked = [e["model"] for e in map(json.loads, journal) if e["type"] == "sample_started"]
        assert asked[-1] == name
        assert asked[0] == "builtin"
        again = program.run("resume", "one", "--headless", "--json", "--nodes", str(made + 2))
        events = [json.loads(line) for line in again.stdout.splitlines()[:-1]]
        assert {e["model"] for e in events if e["type"] in ("session_resumed", "sample_started")} == {name}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("prun", "3"), "'prun' is no command. Did you mean 'prune'? See: tui-aide send --help"),
        (("prune",), "prune needs the number of a node, such as 3"),
        (("prune", "three"), "prune needs the number of a node, such as 3"),
        (("prune", "3", "--samples", "2"), "--samples goes with branch, not with prune"),
        (("hint",), 'hint needs its text: hint "the rows are sorted by time"'),
        (("streams",), "streams needs --workers N, --slots N or both"),
        (("edit", "3", "--file", "/nowhere.py"), "--file /nowhere.py: cannot be read"),
    ],
)
def test_bad_words_are_refused_before_anything_is_sent(
    program: Program, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    session = program.sessions / "one"
    session.mkdir(parents=True)
    (session / "session.toml").write_text("")
    sent = program.run("send", "one", *words)
    assert sent.returncode == 2
    assert why in sent.stderr
    assert sent.stderr.count("\n") == 1


def test_a_script_is_edited_in_the_users_editor(program: Program, task: Path, tmp_path: Path) -> None:
    viewer = running(program, task)
    appends = tmp_path / "editor"
    appends.write_text('#!/bin/sh\necho \'print("by hand")\' >> "$1"\n')
    appends.chmod(0o755)

    def edit(editor: str) -> tuple[int, str]:
        terminal, end = pty.openpty()
        done = subprocess.run(
            program.command("send", "one", "edit", "0"),
            env={**program.environment, "EDITOR": editor, "VISUAL": ""},
            stdin=end,
            stdout=end,
            stderr=end,
            timeout=60,
            check=False,
        )
        os.close(end)
        said = os.read(terminal, 10_000).decode()
        os.close(terminal)
        return done.returncode, said

    code, said = edit(str(appends))
    assert (code, "a child of #0, starts when the search goes on" in said) == (0, True)
    assert edit("true") == (1, "nothing was changed, so nothing is run\r\n")
    assert edit("/nowhere/ed")[0] == 2
    (made,) = program.sessions.glob("one/nodes/*/edit.py")
    assert made.read_text().endswith('print("by hand")\n')
    assert (program.sessions / "one" / "nodes" / "0000" / "solution.py").read_text() != made.read_text()
    stop(program, viewer)
