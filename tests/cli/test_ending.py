"""The end of a search with every part real: a blend of the best nodes, or a run of the best with all labels."""

from __future__ import annotations

import csv
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program

RUN = ("--model", "builtin", "--sequential", "--headless")


def kinds(out: str) -> list[str]:
    return [json.loads(line).get("type", "summary") for line in out.splitlines()]


def of_kind(out: str, kind: str) -> list[dict[str, Any]]:
    return [e for e in map(json.loads, out.splitlines()) if e.get("type") == kind]


def rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file))


@pytest.mark.slow
def test_the_best_of_a_bundled_task_is_run_once_more_with_all_labels(program: Program) -> None:
    done = program.run("run", "friedman", *RUN, "--nodes", "2", "--no-ensemble", "--json", "--name", "one")
    assert done.returncode == 0, done.stderr
    found = kinds(done.stdout)
    end = ["selection_made", "refit_started", "refitted", "session_finished", "summary"]
    assert found[-5:] == end
    assert "ensemble_made" not in found
    (event,) = of_kind(done.stdout, "refitted")
    assert event["kept"], event["reason"]
    best = program.summary("one")["best"]
    assert best["ensemble"] is None
    assert best["refit"]["agreement"] == event["agreement"] > event["least"]
    session = program.sessions / "one"
    own = session / "nodes" / f"{best['node']:04d}" / "submission.csv"
    assert Path(best["submission"]).read_text() != own.read_text()
    assert rows(Path(best["submission"])) == rows(own)
    assert not (session / "private" / "refit").exists()
    shown = program.run("show", "one")
    assert "run once more with all labels" in shown.stdout


@pytest.mark.slow
def test_a_blend_is_tried_and_told(program: Program) -> None:
    done = program.run("run", "friedman", *RUN, "--nodes", "3", "--no-refit", "--name", "one")
    assert done.returncode == 0, done.stderr
    assert "ensemble: " in done.stdout
    assert "refit: " not in done.stdout
    best, session = program.summary("one")["best"], program.sessions / "one"
    assert best["refit"] is None
    assert (best["ensemble"] is not None) == (session / "best" / "ensemble.json").is_file()
    if best["ensemble"] is not None:
        assert "handed in a blend of" in done.stdout
        assert len(list((session / "best" / "members").iterdir())) == len(best["ensemble"]["members"])


@pytest.mark.slow
def test_killed_in_the_refit_a_resume_does_it_and_nothing_else(program: Program, task: Path) -> None:
    viewer = program.start("run", str(task), *RUN, "--nodes", "2", "--no-ensemble", "--json", "--name", "one")
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if '"refit_started"' in line:
            os.kill(program.runner_pid("one"), signal.SIGKILL)
            break
    out, _ = viewer.communicate(timeout=30)
    if '"refitted"' in out:
        pytest.skip("it was done before the kill")
    session = program.sessions / "one"
    summary = program.summary("one")
    assert (summary["status"], summary["best"]["refit"]) == ("interrupted", None)
    own = (session / "nodes" / f"{summary['best']['node']:04d}" / "submission.csv").read_text()
    assert (session / "best" / "submission.csv").read_text() == own
    done = program.run("resume", "one", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    found = kinds(done.stdout)
    assert [k for k in found if k not in ("notice", "server_changed")] == [
        "session_resumed",
        "scripts_placed",
        "refit_started",
        "refitted",
        "session_finished",
        "summary",
    ]
    assert program.summary("one")["best"]["refit"] is not None
    assert (session / "best" / "submission.csv").read_text() != own
    assert not (session / "private" / "refit").exists()
    assert not (session / "final" / "refit" / "work").exists()
