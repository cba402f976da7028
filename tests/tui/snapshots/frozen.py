"""A world that stands still: a fixed clock, time zone, machine and folder, so that pictures are the same everywhere."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.tui.taped import START

NOW = START + 5_000
RECORDED = Path(__file__).resolve().parent.parent.parent.parent / "sessions"


@contextmanager
def frozen(folder: Path) -> Iterator[Path]:
    """Work in a folder, which is made the only one there is, at a time that stands still; give its `sessions`."""
    (folder / "config").mkdir()
    (folder / "config" / "settings.toml").write_text('motion = "reduced"\n')
    (folder / "sessions").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "TUI_AIDE_ASCII", "TMUX", "STY", "COLORTERM", "VISUAL", "EDITOR", "USER"):
            patch.delenv(name, raising=False)
        for name, value in (
            ("TZ", "UTC"), ("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("TUI_AIDE_CONFIG_DIR", "config"),
            ("TUI_AIDE_SESSIONS_DIR", "sessions"), ("TUI_AIDE_CACHE_DIR", "cache"), ("HOME", str(folder)),
        ):  # fmt: skip
            patch.setenv(name, value)
        patch.chdir(folder)
        time.tzset()
        clock = SimpleNamespace(
            time=lambda: NOW, monotonic=lambda: 100.0, strftime=time.strftime, localtime=time.localtime
        )
        for module in ("feed", "widgets.session_list"):
            patch.setattr(f"tui_aide.tui.{module}.time", clock)
        try:
            yield Path("sessions")
        finally:
            patch.undo()
            time.tzset()


def recorded(place: Path, *names: str) -> list[Path]:
    """Copy recorded sessions to a place, each touched some hours before the other."""
    found: list[Path] = []
    for hours, name in enumerate(names, start=1):
        shutil.copytree(RECORDED / name, place / name)
        os.utime(place / name / "journal.jsonl", (NOW - 3600.0 * hours * hours - 90,) * 2)
        found.append(place / name)
    return found
