"""Whole searches whose model servers fail: the search waits visibly or goes on, and no finished sample is lost."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program
from tests.cli.servers import DoubleProcess, gone, tiny_model, vllm_stand_in
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree import events as ev

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux has them")


def journal(program: Program, name: str) -> list[ev.AnyEvent]:
    path = SessionFolder(program.sessions / name).journal
    return JournalReader(path).read() if path.exists() else []


def wait_for(program: Program, name: str, kind: type[ev.Event], count: int = 1, **fields: Any) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [e for e in journal(program, name) if isinstance(e, kind)]
        if sum(all(getattr(e, k) == v for k, v in fields.items()) for e in found) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"no {count} {kind.__name__} with {fields}")


def test_a_server_killed_in_the_middle_is_waited_for_and_the_search_goes_on(program: Program, task: Path) -> None:
    with DoubleProcess("--say", "light", "wrong_column", "--tokens-per-second", "600") as server:
        words = ["run", str(task), "--base-url", server.url, "--nodes", "6", "--workers", "2", "--headless", "--json"]
        search = program.start(*words, "--name", "lost")
        wait_for(program, "lost", ev.NodeFinished)
        wait_for(program, "lost", ev.SampleStarted, 3)
        server.kill()
        wait_for(program, "lost", ev.ServerChanged, state="lost")
        server.start()
        out, err = search.communicate(timeout=120)
    assert search.returncode in (0, 1), err
    summary = json.loads(out.splitlines()[-1])
    assert summary["status"] == "finished"
    assert len(summary["nodes"]) == 6
    events = journal(program, "lost")
    states = [e.state for e in events if isinstance(e, ev.ServerChanged)]
    assert states == ["lost", "up"]
    finished = [e.node for e in events if isinstance(e, ev.NodeFinished)]
    assert sorted(finished) == list(range(6))
    assert not [e for e in events if isinstance(e, ev.NodeRestarted)]


def test_two_servers_share_the_samples_and_one_is_enough(program: Program, task: Path) -> None:
    with (
        DoubleProcess("--say", "light", "wrong_column", "--tokens-per-second", "800") as one,
        DoubleProcess("--say", "light", "wrong_column", "--tokens-per-second", "800") as two,
    ):
        words = ["run", str(task), "--base-url", one.url, "--base-url", two.url, "--workers", "4", "--nodes", "6"]
        search = program.start(*words, "--headless", "--json", "--name", "pair")
        wait_for(program, "pair", ev.SampleFinished, 2)
        one.kill(signal.SIGTERM)
        out, err = search.communicate(timeout=120)
    assert json.loads(out.splitlines()[-1])["status"] == "finished", err
    events = journal(program, "pair")
    servers = {e.server for e in events if isinstance(e, ev.SampleFinished)}
    assert servers == {one.url, two.url}
    assert [e.server for e in events if isinstance(e, ev.ServerChanged) and e.state == "lost"] == [one.url]


def test_a_small_context_gets_a_shorter_prompt(program: Program, task: Path) -> None:
    (task / "description.md").write_text("A very long description. " * 800)
    with DoubleProcess("--say", "light", "--max-model-len", "3000") as server:
        done = program.run(
            "run", str(task), "--base-url", server.url, "--nodes", "2", "--headless", "--json", "--name", "small"
        )
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "finished", done.stderr
    notices = [e.message for e in journal(program, "small") if isinstance(e, ev.Notice)]
    assert any("prompt shortened" in m and "maximum context length" in m for m in notices)
    assert "<!-- cut: description" in (program.sessions / "small" / "nodes" / "0000" / "prompt.md").read_text()


@pytest.fixture
def own_server(program: Program, tmp_path: Path) -> Path:
    """A model that a search can start a server for; the folder tells which processes were started."""
    folder = tmp_path / "vllm"
    program.environment["TUI_AIDE_VLLM_PYTHON"] = str(
        vllm_stand_in(folder, "--say", "light", "wrong_column", "--tokens-per-second", "800")
    )
    return folder


def started(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "started").read_text().split()]


def test_a_search_starts_its_own_server_and_stops_it_at_its_end(
    program: Program, task: Path, tmp_path: Path, own_server: Path
) -> None:
    model = tiny_model(tmp_path / "tiny-model")
    words = ["run", str(task), "--model", str(model), "--nodes", "3", "--headless", "--json", "--name", "own"]
    done = program.run(*words)
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "finished", done.stderr
    assert "starting a server" in done.stderr
    states = [e.state for e in journal(program, "own") if isinstance(e, ev.ServerChanged)]
    assert states == ["starting", "up"]
    (pid,) = started(own_server)
    assert gone(pid)
    again = program.run("resume", "own", "--nodes", "4", "--headless", "--json")
    assert len(json.loads(again.stdout.splitlines()[-1])["nodes"]) == 4, again.stderr
    assert all(gone(pid) for pid in started(own_server))


def test_a_runner_killed_takes_its_server_along(program: Program, task: Path, tmp_path: Path, own_server: Path) -> None:
    model = tiny_model(tmp_path / "tiny-model")
    words = ["run", str(task), "--model", str(model), "--nodes", "50", "--headless", "--name", "own"]
    search = program.start(*words)
    wait_for(program, "own", ev.ServerChanged, state="up")
    os.kill(program.runner_pid("own"), signal.SIGKILL)
    (pid,) = started(own_server)
    assert gone(pid)
    search.communicate(timeout=60)


def test_a_server_of_its_own_that_dies_is_started_anew(
    program: Program, task: Path, tmp_path: Path, own_server: Path
) -> None:
    model = tiny_model(tmp_path / "tiny-model")
    words = ["run", str(task), "--model", str(model), "--nodes", "4", "--headless", "--json", "--name", "own"]
    search = program.start(*words)
    wait_for(program, "own", ev.SampleFinished)
    os.kill(started(own_server)[0], signal.SIGKILL)
    out, err = search.communicate(timeout=120)
    assert json.loads(out.splitlines()[-1])["status"] == "finished", err
    assert len(started(own_server)) == 2
    states = [e.state for e in journal(program, "own") if isinstance(e, ev.ServerChanged)]
    assert states[-1] == "up"
    assert states.count("starting") >= 2


def test_taking_turns_puts_the_server_to_sleep_while_scripts_run(program: Program, task: Path) -> None:
    with DoubleProcess("--say", "light", "wrong_column", "--tokens-per-second", "2000") as server:
        words = ["run", str(task), "--base-url", server.url, "--gpu", "alternate", "--workers", "2", "--nodes", "4"]
        done = program.run(*words, "--headless", "--json", "--name", "turns")
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "finished", done.stderr
    events = journal(program, "turns")
    turns = [e.to for e in events if isinstance(e, ev.GpuHandedOver)]
    assert turns[:2] == ["training", "thinking"]
    asleep = False
    for event in events:
        if isinstance(event, ev.GpuHandedOver):
            asleep = event.to == "training"
        elif isinstance(event, ev.ExecutionStarted):
            assert asleep
        elif isinstance(event, ev.SampleFinished):
            assert not asleep
