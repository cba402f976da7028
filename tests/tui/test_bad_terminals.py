"""Real pseudo-terminals that lie about their size, do not read, or are gone: the app lives on, or leaves."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.durability.pty_viewer import PtyViewer

_RECORDED = Path(__file__).resolve().parent.parent.parent / "sessions"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A place with one session that has ended."""
    shutil.copytree(_RECORDED / "tumours", tmp_path / "s" / "tumours")
    summary = {"session": "tumours", "status": "finished", "task": "tumours", "node_count": 14}
    (tmp_path / "s" / "tumours" / "summary.json").write_text(json.dumps(summary))
    taken = {k: v for k, v in os.environ.items() if k not in ("TMUX", "STY", "NO_COLOR", "COLUMNS", "LINES")}
    return {
        **taken, "HOME": str(tmp_path), "TUI_AIDE_SESSIONS_DIR": str(tmp_path / "s"), "LC_ALL": "C.UTF-8",
        "TUI_AIDE_CONFIG_DIR": str(tmp_path / "c"),
    }  # fmt: skip


@pytest.fixture
def viewers() -> Iterator[list[PtyViewer]]:
    """Terminals that a test opened; they are closed at its end."""
    opened: list[PtyViewer] = []
    yield opened
    for viewer in opened:
        if psutil.pid_exists(viewer.pid):
            viewer.kill()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (10_000, 10_000)], ids=str)
def test_a_size_that_cannot_be(environment: dict[str, str], viewers: list[PtyViewer], size: tuple[int, int]) -> None:
    viewer = PtyViewer(environment, size=size)
    viewers.append(viewer)
    viewer.until(b"\x1b[?1049h")
    viewer.read(2.0)
    assert psutil.Process(viewer.pid).memory_info().rss < 600_000_000
    viewer.resize(100, 30)
    viewer.forget()
    viewer.until(b"finished")
    viewer.forget()
    viewer.send(b"q")
    viewer.ended()


@pytest.mark.slow
def test_a_size_that_is_another_each_time(environment: dict[str, str], viewers: list[PtyViewer]) -> None:
    viewer = PtyViewer(environment)
    viewers.append(viewer)
    viewer.until(b"finished")
    viewer.send(b"\r")
    viewer.until(b"Best so far")
    for step in range(60):
        viewer.resize(1 + step * 37 % 230, 1 + step * 17 % 70)
        viewer.read(0.02)
    viewer.resize(160, 50)
    viewer.read(0.5)
    viewer.forget()
    viewer.send(b"?")
    viewer.until(b"esc closes")


@pytest.mark.parametrize("opened", [False, True], ids=["home", "search"])
def test_a_terminal_that_is_gone_without_a_signal(
    environment: dict[str, str], viewers: list[PtyViewer], opened: bool
) -> None:
    viewer = PtyViewer(environment, deaf=True)
    viewers.append(viewer)
    viewer.until(b"finished")
    if opened:
        viewer.send(b"\r")
        viewer.until(b"Best so far")
    viewer.close_terminal()


@pytest.mark.slow
def test_a_terminal_that_does_not_read_is_caught_up_with(environment: dict[str, str], viewers: list[PtyViewer]) -> None:
    viewer = PtyViewer(environment, size=(200, 50))
    viewers.append(viewer)
    viewer.until(b"finished")
    viewer.send(b"\r")
    viewer.until(b"Best so far")
    process = psutil.Process(viewer.pid)
    for key in b"13" * 50:  # each is a new picture: more than the terminal and the app keep
        viewer.send(bytes([key]))
        time.sleep(0.02)
    before = process.cpu_times()
    time.sleep(5.0)
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 3.0
    viewer.read(2.0)
    viewer.forget()
    viewer.send(b"?")
    viewer.until(b"esc closes")
    for _ in range(3):  # out of the help, of the search, of the list
        viewer.send(b"q")
        viewer.read(1.0)
    viewer.ended()
