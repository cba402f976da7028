"""The commands that list, rename, delete and prune sessions, as their users type them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.sessions.made import make_session, search
from tui_aide.sessions.lock import WriterLock

DAY = 86400.0


def answered(program: Program, answer: str, *words: str) -> tuple[int, str]:
    """Run a command at a terminal, and answer its question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        program.command(*words), env=program.environment, stdin=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    return process.returncode, out


def listed(program: Program, *words: str) -> list[str]:
    done = program.run("sessions", *words, "--json")
    assert done.returncode == 0, done.stderr
    return [row["session"] for row in json.loads(done.stdout)]


def test_the_list_is_filtered_sorted_and_cut(program: Program) -> None:
    make_session(program.sessions, "good", search(0.9), task="digits", age=100)
    make_session(program.sessions, "better", search(0.95), task="digits", age=50)
    make_session(program.sessions, "cut", search()[:-1], task="tumours", model="deepseek-r1-7b")
    assert listed(program) == ["cut", "better", "good"]
    assert listed(program, "--task", "DIG", "--sort", "best") == ["better", "good"]
    assert listed(program, "--status", "interrupted,stopped") == ["cut"]
    assert listed(program, "--model", "deepseek", "--limit", "1") == ["cut"]
    text = program.run("sessions").stdout
    assert "tui-aide resume cut" in text
    wrong = program.run("sessions", "--status", "finishd")
    assert (wrong.returncode, "finished" in wrong.stderr) == (2, True)
    assert "among the 3" in program.run("sessions", "--task", "nothing").stdout


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_list_fits_the_terminal(program: Program, width: int) -> None:
    make_session(program.sessions, "a-very-long-name-of-a-session-that-somebody-chose", task="t" * 60, model="m" * 40)
    program.environment["COLUMNS"] = str(width)
    lines = program.run("sessions", "--size").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert "finished" in lines[1]
    assert ("MODEL" in lines[0]) == (width > 80)


def test_several_are_deleted_after_one_question(program: Program) -> None:
    for name in ("one", "two", "three"):
        make_session(program.sessions, name)
    code, out = answered(program, "n", "delete", "one", "two")
    assert (code, "one (" in out, "kept" in out) == (1, True, True)
    code, out = answered(program, "y", "delete", "one", "two")
    assert (code, "deleted one" in out, "deleted two" in out) == (0, True, True)
    assert listed(program) == ["three"]


def test_nothing_is_deleted_where_one_runs(program: Program) -> None:
    make_session(program.sessions, "one")
    lock = WriterLock(make_session(program.sessions, "live"))
    done = program.run("delete", "one", "live", "--yes")
    assert (done.returncode, "send live stop" in done.stderr) == (1, True)
    lock.release()
    assert sorted(listed(program)) == ["live", "one"]


def test_old_sessions_are_pruned(program: Program) -> None:
    make_session(program.sessions, "old", age=40 * DAY)
    make_session(program.sessions, "new")
    lock = WriterLock(make_session(program.sessions, "live", search()[:-1], age=50 * DAY))
    temporary = tempfile.mkdtemp(prefix="t-")  # so that no leftovers of others are found
    program.environment["TMPDIR"] = temporary
    dry = program.run("prune", "--older-than", "30d", "--dry-run")
    assert (dry.returncode, "would free: 1 session and" in dry.stdout) == (0, True)
    assert (program.sessions / "old").is_dir()
    asks = program.run("prune", "--older-than", "30d")
    assert (asks.returncode, "--yes" in asks.stderr) == (2, True)
    done = program.run("prune", "--older-than", "30d", "--yes")
    assert (done.returncode, "deleted 1 session and" in done.stdout) == (0, True)
    lock.release()
    Path(temporary).rmdir()
    assert sorted(listed(program)) == ["live", "new"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--status", "stopped"], "--older-than"),
        (["--older-than", "30d", "--status", "running"], "never pruned"),
        (["--older-than", "soon"], "no duration"),
    ],
)
def test_what_prune_cannot_do_is_said(program: Program, words: list[str], said: str) -> None:
    done = program.run("prune", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_rename_shows_everywhere(program: Program, tmp_path: Path) -> None:
    make_session(program.sessions, "one")
    assert program.run("rename", "one", "two").stdout == "one is now two\n"
    assert listed(program) == ["two"]
    assert 'name = "two"' in (program.sessions / "two" / "session.toml").read_text()


def test_a_killed_runner_shows_as_interrupted_with_all_that_it_did(program: Program, task: Path) -> None:
    words = ("--model", "builtin", "--sequential", "--headless", "--json", "--nodes", "4", "--name", "one")
    viewer = program.start("run", str(task), *words)
    assert viewer.stdout is not None
    for line in viewer.stdout:
        if '"incumbent_changed"' in line:  # its summary is written once a second, so it is behind
            (running,) = json.loads(program.run("sessions", "--json").stdout)
            os.kill(program.runner_pid("one"), signal.SIGKILL)
            break
    viewer.communicate(timeout=30)
    (row,) = json.loads(program.run("sessions", "--json").stdout)
    summary = program.summary("one")
    assert (running["status"], row["status"]) == ("running", "interrupted")
    done = [n for n in summary["nodes"] if n["verdict"] not in (None, "cancelled")]
    assert row["node_count"] == len(done) >= 1
    assert row["best"]["score"] == summary["best"]["score"]
    assert "tui-aide resume one" in program.run("sessions").stdout
