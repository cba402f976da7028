"""Within a real tmux: detached and attached again, made narrower and wider, and every row as wide as the window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.tui.hostile import HOSTILE
from tests.tui.recorded import RecordedSession

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Tmux:
    """A server of its own, below one folder."""

    def __init__(self, place: Path) -> None:
        self._environment = {k: v for k, v in os.environ.items() if k not in ("TMUX", "STY", "NO_COLOR")}
        self._environment |= {
            "TMUX_TMPDIR": str(place), "HOME": str(place), "TUI_AIDE_SESSIONS_DIR": str(place / "sessions"),
            "TUI_AIDE_CONFIG_DIR": str(place / "config"), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
        }  # fmt: skip

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", "t", "-f", os.devnull, *words], env=self._environment, capture_output=True, check=False,
            timeout=30,
        )  # fmt: skip
        return done.stdout.decode()

    def screen(self) -> str:
        """Return what stands in the window."""
        return self("capture-pane", "-p")

    def until(self, condition: Callable[[str], bool], seconds: float = 60.0) -> str:
        """Wait until something holds of the screen, and return it."""
        end = time.monotonic() + seconds
        while not condition(text := self.screen()):
            assert time.monotonic() < end, f"it did not come:\n{text}"
            time.sleep(0.1)
        return text


@pytest.fixture
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """A session of tmux that shows one search, whose texts are evil."""
    place = tmp_path_factory.mktemp("x")
    made = RecordedSession(place / "sessions", "evil")
    for number, (name, text) in enumerate(HOSTILE.items()):
        made.valid(0.8 + number / 1000, *((0,) if number else ()), title=f"{name}: {text[:200]}", code=f"# {text}\n")
    made.end()
    made.close()
    found = Tmux(place)
    command = f"{sys.executable} -m tui_aide attach evil; sleep 600"
    found("new-session", "-d", "-x", "120", "-y", "40", command)
    yield found
    found("kill-server")


def _framed(screen: str, width: int) -> bool:
    """Whether the frames at the right edge stand below each other."""
    rows = [row for row in screen.split("\n")[2:] if row.startswith(("│", "╭", "╰"))]
    return len(rows) > 10 and all(cell_len(row) == width for row in rows)


def test_it_is_detached_attached_and_resized(tmux: Tmux) -> None:
    tmux.until(lambda text: "Best so far" in text and _framed(text, 120))
    for width, height in ((80, 24), (200, 50), (100, 30), (120, 40)):
        tmux("resize-window", "-x", str(width), "-y", str(height))
        tmux.until(lambda text, width=width: "FINISHED" in text and "? Help" in text  # type: ignore[misc]
                   and max(map(cell_len, text.split("\n"))) > width * 0.8)  # fmt: skip
    tmux.until(lambda text: _framed(text, 120))
    tmux("detach-client")
    tmux("send-keys", "G")
    tmux.until(lambda text: f"#{len(HOSTILE) - 1} " in text.split("\n")[1])
    for key in "1349":
        tmux("send-keys", key)
        tmux.until(lambda text: _framed(text, 120))
    assert "owned" not in tmux("display-message", "-p", "#{pane_title}")
    tmux("send-keys", "q")
    tmux.until(lambda text: "Best so far" not in text)
