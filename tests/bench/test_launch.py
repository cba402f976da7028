"""Conductors in the background: begun, refused, stopped; and a report by a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.bench.filled import put, run_with
from tests.bench.quick import make_run
from tui_aide.bench.launch import launch, stop, write_report
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import Holder, RunLock, holder_of, is_conducted
from tui_aide.errors import SessionError, UsageError

NOWHERE = "http://127.0.0.1:9/v1"

HOLD = """
import signal, sys, time
from pathlib import Path
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import RunLock
run = RunFolder(Path(sys.argv[1]))
lock = RunLock(run)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
while True:
    time.sleep(0.05)
"""


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[RunFolder, subprocess.Popen[bytes]]]:
    """A run that another process holds as its conductor, which ends with code 7 where it is asked to stop."""
    run = run_with(tmp_path, tasks=1, seeds=1)
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(run.path)])
    until(lambda: holder_of(run))
    yield run, process
    process.kill()
    process.wait()


def test_a_conductor_begins_in_the_background_and_says_all_in_its_log(tmp_path: Path) -> None:
    run = make_run(tmp_path, NOWHERE, "seeds = [0]\nretries = 0")
    launch(run)
    until(lambda: not is_conducted(run))
    assert run.state(run.cells[0]).status == "failed"
    assert "no model server answers" in run.conductor_log.read_text()
    assert run.state(run.cells[0]).attempts == 1
    launch(run, retry_failed=True)
    until(lambda: not is_conducted(run))
    assert run.state(run.cells[0]).attempts == 2


def test_a_conductor_that_cannot_begin_says_why(tmp_path: Path) -> None:
    run = make_run(tmp_path, NOWHERE)
    run.suite_file.write_text("name = 3")
    with pytest.raises(UsageError, match=r"suite\.toml"):
        launch(run)
    run.suite_file.unlink()
    with pytest.raises(SessionError, match="no run of a bench"):
        launch(run)
    assert not run.conductor_log.exists()


def test_a_conducted_run_is_not_conducted_twice_and_is_stopped_by_whoever_asks(
    held: tuple[RunFolder, subprocess.Popen[bytes]],
) -> None:
    run, process = held
    assert holder_of(run) == Holder(process.pid, platform.node())
    with pytest.raises(SessionError, match="bench attach big"):
        launch(run)
    stop(run)
    assert process.wait(30) == 7
    assert holder_of(run) is None
    with pytest.raises(SessionError, match="not being run"):
        stop(run)


def test_a_process_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    run = run_with(tmp_path, tasks=1, seeds=1)
    lock = RunLock(run)
    run.lock_file.write_bytes(msgspec.json.encode(Holder(1, "elsewhere")))
    with pytest.raises(SessionError, match="run on elsewhere: stop it there"):
        stop(run)
    run.lock_file.write_bytes(b"")
    assert holder_of(run) is None
    lock.release()


def test_the_report_is_written_beside_the_sessions(tmp_path: Path) -> None:
    run = run_with(tmp_path, tasks=1, seeds=1, models=1, strategies=1)
    put(run, run.cells[0], "failed", why="no server")
    path = write_report(run, "csv")
    assert path == run.path / "report.csv"
    assert "way-1" in path.read_text()
    run.suite_file.unlink()
    with pytest.raises(SessionError, match=r"no report of big: .*no run"):
        write_report(run, "csv")
