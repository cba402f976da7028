"""Viewers on real terminals come and go, by any death; the runner goes on, and all see and steer the same search."""

from __future__ import annotations

import os
import signal

from tests.cli.program import write_task
from tests.durability.pty_viewer import PtyViewer
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.lock import is_running
from tui_aide.tree import events as ev


def test_a_search_outlives_its_terminals_and_two_viewers_steer_it(place: Place, model: QuickModel) -> None:
    task = write_task(place.path / "tiny")
    words = ("--model", "tiny-r1", "--base-url", model.url, "--strategy", "single", "--nodes", "200", "--name", "one")
    first = PtyViewer(place.environment, "run", str(task), *words)
    first.until(b"Best so far")
    folder = SessionFolder(place.path / "s" / "one")
    assert is_running(folder)
    first.close_terminal()
    assert is_running(folder)

    viewers = [PtyViewer(place.environment, "attach"), PtyViewer(place.environment, "attach", "one")]
    for viewer in viewers:
        viewer.until(b"Best so far")
        viewer.forget()
    viewers[0].send(b" ")
    for viewer in viewers:
        viewer.until(b"paused")
        viewer.forget()
    viewers[1].send(b" ")
    for viewer in viewers:
        viewer.until(b"goes on")
    steered = [e for e in JournalReader(folder.journal).read() if isinstance(e, ev.Paused | ev.Unpaused)]
    assert [type(e) for e in steered] == [ev.Paused, ev.Unpaused]
    viewers[0].kill()
    os.kill(viewers[1].pid, signal.SIGHUP)
    viewers[1].close_terminal()
    assert is_running(folder)
    assert place.run("send", "one", "stop").returncode == 0
    place.no_process_left(15)
    assert list(place.temporary.iterdir()) == []
