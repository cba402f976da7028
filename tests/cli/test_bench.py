"""`tui-aide bench` as its users run it: refusals, a forecast, a run with a stop and its going on, the list."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.bench.filled import run_with
from tests.cli.program import Program, write_task
from tests.cli.servers import DoubleProcess, gone, tiny_model, vllm_stand_in
from tests.durability.pty_viewer import PtyViewer
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import is_conducted
from tui_aide.cli.bench import SUBCOMMANDS

SUITE = """
[budget]
nodes = 3
[run]
seeds = [0, 1]
retries = 0
[models.double]
model = "tiny-r1"
base_url = "{url}"
workers = 1
ensemble = false
refit = false
[strategies.single]
[tasks.slope]
folder = "slope"
"""


def write_suite(place: Path, url: str) -> Path:
    write_task(place / "slope")
    path = place / "my.toml"
    path.write_text(SUITE.format(url=url))
    return path


def test_what_is_wrong_is_told_in_a_line(program: Program) -> None:
    for words, part in {
        ("bench",): "SUITE",
        ("bench", "smok"): "Did you mean 'smoke'?",
        ("bench", "smoke", "--task", "digit"): "is not in the suite",
        ("bench", "smoke", "--seeds", "0"): "--seeds",
        ("bench", "smoke", "--model", "=x"): "is no name",
        ("bench", "resume", "nothing"): "no run",
        ("bench", "smoke", "--name", "a/b"): "is no name",
    }.items():
        done = program.run(*words)
        assert done.returncode == 2, done.stderr
        assert part in done.stderr
        assert done.stderr.count("\n") == 1
    assert not program.sessions.exists()


def test_each_word_has_help(program: Program) -> None:
    for words in (("bench",), *(("bench", word) for word in SUBCOMMANDS)):
        done = program.run(*words, "--help")
        assert done.returncode == 0
        assert f"usage: tui-aide {' '.join(words)}" in done.stdout
        assert "examples:" in done.stdout


def test_a_dry_run_tells_and_starts_nothing(program: Program) -> None:
    done = program.run("bench", "thesis", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "= 540 cells" in done.stdout
    assert "estimate" in done.stdout
    assert "Assumed where nothing was measured" in done.stdout
    told = json.loads(program.run("bench", "smoke", "--dry-run", "--json").stdout)
    assert told["cells"] == 8
    assert program.run("bench", "list").stdout.startswith("no run in ")


def test_a_run_whose_server_is_missing_fails_and_is_listed(program: Program, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "data", "http://127.0.0.1:9/v1")
    done = program.run("bench", str(suite), "--json")
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [t["event"] for t in told] == ["began", *["cell-began", "cell-ended"] * 2, "ended"]
    assert told[-1]["failed"] == 2
    (row,) = json.loads(program.run("bench", "list", "--json").stdout)
    assert (row["run"], row["status"], row["failed"], row["cells"]) == ("my", "failed", 2, 2)
    assert program.run("sessions", "--json").stdout.strip() == "[]"  # the run's are not among the user's
    done = program.run("bench", "resume", "my", "--retry-failed")
    assert done.returncode == 1
    assert "no model server answers" in done.stderr
    assert "--retry-failed" in done.stdout


@pytest.mark.slow
def test_ctrl_c_stops_a_run_and_resume_goes_on_with_it(program: Program, tmp_path: Path) -> None:
    with DoubleProcess("--say", "linear", "--tokens-per-second", "200") as server:
        suite = write_suite(tmp_path / "data", server.url)
        process = program.start("bench", str(suite), "--name", "one")
        sessions = program.sessions.parent / "bench" / "one" / "sessions"
        first = sessions / "double_single_slope_s0"
        end = time.monotonic() + 90
        while '"node_finished"' not in (_text(first / "journal.jsonl")) and time.monotonic() < end:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, err
        assert "stopping" in err
        assert "1 stopped" in out
        assert "bench resume one" in out
        pid = int(json.loads((first / "runner.json").read_text())["pid"]) if (first / "runner.json").exists() else 0
        assert not pid or gone(pid)
        done = program.run("bench", "resume", "one", timeout=240)
    assert "2 done" in done.stdout, done.stderr
    listed = program.run("sessions", "--sessions-dir", str(sessions), "--json")
    found = json.loads(listed.stdout)
    assert [(s["status"], s["node_count"]) for s in found] == [("finished", 3)] * 2


@pytest.mark.slow
def test_one_server_serves_all_cells_of_a_model_and_is_stopped(program: Program, tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "data", "http://127.0.0.1:9/v1")
    stand_in = vllm_stand_in(tmp_path / "vllm", "--say", "linear")
    program.environment |= {"TUI_AIDE_VLLM_PYTHON": str(stand_in)}
    model = tiny_model(tmp_path / "tiny")
    done = program.run("bench", str(suite), "--model", f"t={model}", "--serve", "--nodes", "1", timeout=240)
    assert "2 done" in done.stdout, done.stderr
    started = (tmp_path / "vllm" / "started").read_text().split()
    assert len(started) == 1, "one server for both cells"
    assert gone(int(started[0]))


@pytest.mark.slow
def test_a_served_model_that_is_lost_for_good_fails_its_cells_and_the_run_ends(
    program: Program, tmp_path: Path
) -> None:
    suite = write_suite(tmp_path / "data", "http://127.0.0.1:9/v1")  # retries = 0
    stand_in = vllm_stand_in(tmp_path / "vllm", "--say", "linear", "--tokens-per-second", "20")
    program.environment |= {"TUI_AIDE_VLLM_PYTHON": str(stand_in)}
    model = tiny_model(tmp_path / "tiny")
    process = program.start("bench", str(suite), "--name", "one", "--model", f"t={model}", "--serve")
    journal = program.sessions.parent / "bench" / "one" / "sessions" / "t_single_slope_s0" / "journal.jsonl"
    end = time.monotonic() + 120
    while '"sample_started"' not in _text(journal) and time.monotonic() < end:
        time.sleep(0.1)
    os.kill(int((tmp_path / "vllm" / "started").read_text().split()[0]), signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert "2 failed" in out
    assert "the server of t ended" in err


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.mark.slow
def test_on_a_terminal_the_run_is_shown_and_outlives_its_screen(program: Program, tmp_path: Path) -> None:
    with DoubleProcess("--say", "linear", "--tokens-per-second", "30") as server:
        suite = write_suite(tmp_path / "data", server.url)
        run = RunFolder(program.sessions.parent / "bench" / "one")
        first = PtyViewer(program.environment, "bench", str(suite), "--name", "one", "--nodes", "100")
        first.until(b"0/100", 60)
        first.send(b"q")
        first.until(b"tui-aide bench attach one")
        first.close_terminal()
        assert is_conducted(run)
        assert "begins" in run.conductor_log.read_text()
        done = program.run("bench", "resume", "one")
        assert done.returncode == 1
        assert "see it with: tui-aide bench attach one" in done.stderr
        second = PtyViewer(program.environment, "bench", "attach", "one")
        second.until(b"/100")
        second.send(b"s")
        second.until(b"Stop one?")
        second.send(b"y")
        second.until(b"R goes on, or", 60)
        second.send(b"q")
        second.until(b"bench resume one", 20)
        second.close_terminal()
    assert not is_conducted(run)
    assert run.state(run.cells[0]).status == "stopped"


def test_attach_needs_a_terminal(program: Program, tmp_path: Path) -> None:
    run_with(program.sessions.parent / "bench")
    done = program.run("bench", "attach")
    assert done.returncode == 2
    assert "tui-aide bench list" in done.stderr
