"""Whole searches by the built-in proposer, with every part real: processes, scripts, scores."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program

BUILTIN = ("--model", "builtin")


def events_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"


def test_headless_json_prints_events_and_last_the_summary(program: Program, task: Path) -> None:
    done = program.run("run", str(task), *BUILTIN, "--nodes", "3", "--headless", "--json", "--name", "one")
    assert done.returncode == 0, done.stderr
    *events, summary = events_of(done.stdout)
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "session_started"
    assert events[-1]["type"] == "session_finished"
    assert summary["session"] == "one"
    assert summary["status"] == "finished"
    assert summary["direction"] == "min"
    assert len(summary["nodes"]) == 3
    assert {"id", "parents", "operator", "strategy", "verdict", "score", "score_se", "score_source"} <= set(
        summary["nodes"][0]
    )
    best = summary["best"]
    assert best["selection_score"] is not None
    with Path(best["submission"]).open() as file:
        rows = list(csv.DictReader(file))
    assert [r["id"] for r in rows] == [str(i) for i in range(90, 120)]
    assert best["score"] < 1.5  # the target's own spread is 3
    node = program.sessions / "one" / "nodes" / f"{best['node']:04d}"
    for name in ("solution.py", "plan.md", "prompt.md", "reasoning.md", "output.log", "submission.csv", "score.json"):
        assert (node / name).stat().st_size > 0, name
    assert program.summary("one")["best"] == best


@pytest.mark.slow
def test_exported_script_runs_on_the_whole_data_by_itself(program: Program, task: Path, tmp_path: Path) -> None:
    assert program.run("run", str(task), *BUILTIN, "--nodes", "2", "--headless", "--name", "one").returncode == 0
    alone = tmp_path / "alone"
    alone.mkdir()
    done = program.run("export", "one", "--format", "script", "-o", str(alone / "solution.py"))
    assert done.returncode == 0, done.stderr
    (alone / "input").mkdir()
    for name in ("train.csv", "test.csv"):
        (alone / "input" / name).write_bytes((task / name).read_bytes())
    sample = (program.sessions / "one" / "input" / "sample_submission.csv").read_text().splitlines()[0]
    (alone / "input" / "sample_submission.csv").write_text(
        "\n".join([sample, *(f"{i},0" for i in range(90, 120))]) + "\n"
    )
    ran = subprocess.run([sys.executable, "solution.py"], cwd=alone, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len((alone / "submission.csv").read_text().splitlines()) == 31


def test_killed_runner_loses_no_finished_node_and_resume_goes_on(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *BUILTIN, "--nodes", "5", "--headless", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if "new best" in line:
            break
    before = program.summary("one")
    runner = program.runner_pid("one")
    scripts = [n["id"] for n in before["nodes"] if n["verdict"] is None]
    os.kill(runner, signal.SIGKILL)
    viewer.communicate(timeout=30)
    assert viewer.returncode == 1
    dead = program.summary("one")
    assert dead["status"] == "interrupted"
    finished = {n["id"]: n["score"] for n in dead["nodes"] if n["verdict"] not in (None, "cancelled")}
    assert finished
    listed = json.loads(program.run("sessions", "--json").stdout)
    assert [(s["session"], s["status"]) for s in listed] == [("one", "interrupted")]

    done = program.run("resume", "one", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    *events, summary = events_of(done.stdout)
    assert events[0]["type"] == "session_resumed"
    assert set(events[0]["restarted"]) == {n["id"] for n in dead["nodes"]} - set(finished)
    assert set(scripts) - set(finished) <= set(events[0]["restarted"])
    assert summary["status"] == "finished"
    assert len(summary["nodes"]) == 5
    after = {n["id"]: n["score"] for n in summary["nodes"]}
    assert {i: after[i] for i in finished} == finished


def test_killed_viewer_does_not_touch_the_search(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *BUILTIN, "--nodes", "3", "--headless", "--name", "one")
    assert viewer.stdout is not None
    viewer.stdout.readline()
    viewer.kill()
    viewer.communicate()
    program.wait("one", lambda s: s["status"] == "finished")
    assert len(program.summary("one")["nodes"]) == 3


def test_steering_without_a_screen_and_one_writer(program: Program, task: Path, tmp_path: Path) -> None:
    viewer = program.start("run", str(task), *BUILTIN, "--nodes", "40", "--headless", "--json", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if '"node_finished"' in line:
            break
    node = str(json.loads(line)["node"])
    second = program.run("resume", "one", "--headless")
    assert second.returncode == 1
    assert second.stderr.strip() == "tui-aide: session one is running already; see it with: tui-aide attach one"

    paused = program.run("send", "one", "pause")
    assert (paused.returncode, paused.stdout.split(";")[0]) == (0, "paused")
    assert program.run("send", "one", "pause").returncode == 1
    script = tmp_path / "mine.py"
    script.write_text("print('mine')\n")
    assert program.run("send", "one", "edit", node, "--file", str(script)).returncode == 0
    branched = program.run("send", "one", "branch", node, "--instruction", "try a random forest")
    assert branched.returncode == 0, branched.stdout
    missing = program.run("send", "one", "branch", "99", "--instruction", "x")
    assert (missing.returncode, "there is no node #99" in missing.stdout) == (1, True)
    assert program.run("send", "one", "resume").returncode == 0
    found = program.wait(
        "one",
        lambda s: sum(n["operator"] in ("edit", "branch") and n["verdict"] is not None for n in s["nodes"]) == 2,
    )
    edit = next(n for n in found["nodes"] if n["operator"] == "edit")
    assert (edit["verdict"], edit["by"], edit["parents"]) == ("invalid_submission", "user", [int(node)])
    branch = next(n for n in found["nodes"] if n["operator"] == "branch")
    assert "forest" in (program.sessions / "one" / "nodes" / f"{branch['id']:04d}" / "solution.py").read_text().lower()

    assert program.run("send", "one", "stop").returncode == 0
    out, _ = viewer.communicate(timeout=60)
    assert json.loads(out.splitlines()[-1])["status"] == "stopped"
    assert program.run("send", "one", "stop").returncode == 1


def test_interrupt_stops_the_search_cleanly(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *BUILTIN, "--nodes", "40", "--headless", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if "new best" in line:
            break
    runner = program.runner_pid("one")

    looking = program.start("attach", "one")  # who only looks leaves, and stops nothing
    assert looking.stdout is not None
    assert "session one" in looking.stdout.readline()
    looking.send_signal(signal.SIGINT)
    _, err = looking.communicate(timeout=60)
    assert looking.returncode == 130
    assert "The search goes on. Come back: tui-aide attach one; end it: tui-aide send one stop" in err
    assert alive(runner)

    viewer.send_signal(signal.SIGINT)
    out, err = viewer.communicate(timeout=60)
    assert viewer.returncode == 0, err
    assert "stopped: you stopped it" in out
    assert "submission.csv" in out
    assert not alive(runner)
    assert not list((program.sessions / "one").glob("runner.json"))


@pytest.mark.slow
def test_same_seed_same_search_in_sequence(program: Program, task: Path) -> None:
    shapes = []
    for name in ("a", "b"):
        done = program.run(
            "run", str(task), *BUILTIN, "--nodes", "3", "--sequential", "--seed", "5", "--headless", "--name", name
        )
        assert done.returncode == 0, done.stderr
        shapes.append(
            [
                (n["operator"], n["parents"], n["verdict"], n["score"], n["title"])
                for n in program.summary(name)["nodes"]
            ]
        )
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("words", [["sessions"], ["sessions", "--json"], ["tasks"], ["strategies"], ["--version"]])
def test_lists_work_with_nothing_there(program: Program, words: list[str]) -> None:
    done = program.run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_rename_and_delete(program: Program, task: Path) -> None:
    assert program.run("run", str(task), *BUILTIN, "--nodes", "1", "--headless", "--name", "one").returncode == 0
    assert program.run("rename", "one", "two").returncode == 0
    assert program.summary("two")["session"] == "two"
    refused = program.run("delete", "two")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert program.run("delete", "two", "--yes").returncode == 0
    assert not (program.sessions / "two").exists()
