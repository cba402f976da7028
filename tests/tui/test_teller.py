"""The screen tells of what comes, on a real terminal and in a test's."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.terminal import Terminal
from tests.tui.recorded import RecordedSession
from tests.tui.watching import Watcher, watching
from tui_aide.tree import events as ev

BEST = b"\x1b]2;\xe2\x98\x85 0.8731 \xc2\xb7 toy\x07"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the terminal past the screen."""
    from textual.drivers.headless_driver import HeadlessDriver

    said: list[str] = []
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "STY", "KITTY_WINDOW_ID", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, text: said.append(text))
    return said


async def _blur(w: Watcher) -> None:
    from textual.events import AppBlur

    w.app.post_message(AppBlur())
    await w.until(lambda: not w.app.app_focus)


async def test_a_new_best_is_a_toast_and_the_title(live: RecordedSession, written: list[str]) -> None:
    live.valid(0.8, best=True)
    async with watching(live) as w:
        await w.until(lambda: "\x1b]2;★ 0.8000 · toy\x07" in written)
        assert "First score" not in w.screen_text()
        live.valid(0.8731, 0, best=True)
        await w.shows("★ 0.8731 (#1)")
        await w.until(lambda: BEST.decode() in written)
        assert not any("\x1b]9;" in text for text in written)
    assert written.count("\x1b[22;2t") == 1
    assert written[-1] == "\x1b[23;2t"


async def test_the_desktop_is_notified_while_another_window_has_the_focus(
    live: RecordedSession, written: list[str]
) -> None:
    async with watching(live) as w:
        await _blur(w)
        live.valid(0.8731, best=True)
        await w.until(lambda: "\x1b]9;First score (toy): ★ 0.8731 (#0)\x07" in written)


async def test_words_of_a_script_are_told_as_they_are_and_command_nothing(
    live: RecordedSession, written: list[str]
) -> None:
    async with watching(live) as w:
        await _blur(w)
        for _ in range(5):
            live.finish(live.begin(), message="[bold]KeyError['x'] \x1b]0;owned\x07[/]")
        await w.shows("[bold]KeyError['x']")
        await w.until(lambda: any("Failures in a row" in text for text in written))
        assert not any("owned" in text for text in written)


@pytest.mark.parametrize("kind", ["lost", "interrupted", "finished"])
async def test_what_goes_wrong_and_the_end_are_told(live: RecordedSession, kind: str) -> None:
    live.valid(0.8)
    async with watching(live) as w:
        if kind == "lost":
            live.add(ev.ServerChanged(server="http://localhost:8000/v1", state="lost", detail="no answer"))
            await w.shows("Model server lost")
        elif kind == "interrupted":
            live.die()
            await w.shows("Search interrupted")
        else:
            live.end()
            await w.shows("Search finished")


async def test_nothing_is_told_that_the_user_turned_off(live: RecordedSession, written: list[str]) -> None:
    async with watching(live) as w:
        w.app.preferences.put("notify.best", False)
        w.app.preferences.put("notify.title", False)
        await _blur(w)
        live.valid(0.9, best=True)
        live.add(ev.ServerChanged(server="http://localhost:8000/v1", state="lost"))
        await w.shows("Model server lost")
        assert not any("0.9000" in text for text in written)


async def test_while_an_editor_has_the_terminal_nothing_is_written_and_then_the_newest_told(
    live: RecordedSession, written: list[str]
) -> None:
    async with watching(live) as w:
        await _blur(w)
        await w.until(lambda: any("toy" in text for text in written))
        w.app.app_suspend_signal.publish(w.app)
        before = len(written)
        live.valid(0.8, best=True)
        live.valid(0.8731, 0, best=True)
        await w.shows("2/20")
        await w.ticks(15)
        assert written[before:] == []
        w.app.app_resume_signal.publish(w.app)
        await w.until(lambda: BEST.decode() in written)
        told = [text for text in written if text.startswith("\x1b]9;")]
        assert told == ["\x1b]9;First score (toy): ★ 0.8731 (#1)\x07"]


def test_a_real_terminal_gets_its_title_back_and_rings_once(session: RecordedSession, tmp_path: Path) -> None:
    session.hold()
    environment: dict[str, Any] = {**os.environ, "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tui_aide", "attach", str(session.folder.path)]
    with Terminal(command, environment) as terminal:
        assert terminal.wait_for(b"\x1b]2;toy\x07", 20), terminal.output[-2000:]
        saved = terminal.output.index(b"\x1b[22;2t")
        assert saved < terminal.output.index(b"\x1b]2;toy\x07")
        terminal.send(b"\x1b[O")  # as a terminal that loses the focus
        terminal.wait_for(b"nothing", 0.3)
        session.valid(0.8731, best=True)
        assert terminal.wait_for(BEST, 10), terminal.output[-2000:]
        assert terminal.wait_for(b"\x1b]9;First score (toy):", 5)
        bells = re.sub(rb"\x1b\][^\x07]*\x07", b"", terminal.output).count(b"\x07")
        assert bells == 1
        terminal.send(b"q")
        assert terminal.wait_for(b"\x1b[23;2t", 10), terminal.output[-2000:]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
def test_tmux_passes_a_notification_on_and_keeps_its_own_title(session: RecordedSession, tmp_path: Path) -> None:
    session.hold()
    config = tmp_path / "tmux.conf"
    config.write_text("set -g focus-events on\nset -g allow-passthrough on\nset -g default-terminal tmux-256color\n")
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(config)]
    environment = {k: v for k, v in os.environ.items() if k not in ("TMUX", "STY", "KITTY_WINDOW_ID", "VTE_VERSION")}
    environment |= {"LANG": "C.UTF-8", "TUI_AIDE_CONFIG_DIR": str(tmp_path)}

    def title() -> str:
        asked = [*tmux, "display", "-p", "#{pane_title}"]
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10).stdout.strip()

    attach = shlex.join([sys.executable, "-m", "tui_aide", "attach", str(session.folder.path)])
    with Terminal([*tmux, "new-session", f"{attach}; sleep 60"], environment) as terminal:
        try:
            end = time.monotonic() + 20
            while title() != "toy":
                terminal.read(0.1)
                assert time.monotonic() < end, terminal.output[-2000:]
            terminal.send(b"\x1b[O")
            terminal.wait_for(b"nothing", 0.5)
            session.valid(0.8731, best=True)
            assert terminal.wait_for(b"\x1b]9;First score (toy): \xe2\x98\x85 0.8731 (#0)\x07", 15), terminal.output
            assert title() == "★ 0.8731 · toy"
            terminal.send(b"q")
            while title() in ("", "toy", "★ 0.8731 · toy"):
                terminal.read(0.1)
                assert time.monotonic() < end + 30, title()
        finally:
            subprocess.run([*tmux, "kill-server"], check=False, capture_output=True, timeout=10)
