"""Taking pictures and holding them against those that are kept."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from textual.geometry import Region

from tests.tui.snapshots.picture import Picture, page
from tests.tui.watching import Watcher

PICTURES = Path(__file__).parent / "pictures"
THEMES = ("night", "paper")
_STEADY = 1.5
"""Seconds that a screen must show the same to make it a picture: by then every part of it was drawn again."""
_PATIENCE = 20.0
"""Seconds to wait for a screen to look as is kept."""
_UPDATE = "python -m tests.tui.snapshots --update"


class Camera(Protocol):
    """Takes a picture of what an app shows now."""

    async def shoot(self, w: Watcher, name: str, part: str = "", themes: tuple[str, ...] = THEMES) -> None:
        """Take a picture of the screen, or of one widget of it, in each theme."""
        ...


def file_of(w: Watcher, name: str) -> Path:
    """Return where a picture is kept."""
    width, height = w.app.size
    return PICTURES / f"{name}-{width}x{height}.txt"


async def taken(w: Watcher, part: str, theme: str, done: Callable[[Picture], bool] | None = None) -> Picture:
    """Return a picture in a theme, when it stands still, or when it is done."""
    if w.app.theme != theme:
        w.app.theme = theme
        w.app.preferences._restyle()
    last: Picture | None = None
    begin = since = time.monotonic()
    while time.monotonic() < begin + _PATIENCE:
        await w.pilot.pause(0.02)
        region: Region | None = w.app.screen.query_one(part).region if part else None
        picture = Picture.of(w.app, region)
        if picture != last:
            last, since = picture, time.monotonic()
        if done(picture) if done is not None else time.monotonic() > since + _STEADY:
            break
    assert last is not None
    return last


class Writer:
    """Keeps what it takes, and saves real pictures in a folder to look at."""

    def __init__(self, gallery: Path) -> None:
        self._gallery = gallery

    async def shoot(self, w: Watcher, name: str, part: str = "", themes: tuple[str, ...] = THEMES) -> None:
        found: dict[str, Picture] = {}
        path = file_of(w, name)
        for theme in themes:
            found[theme] = await taken(w, part, theme)
            (self._gallery / f"{path.stem}-{theme}.svg").write_text(w.app.export_screenshot(title=name))
        path.write_text(page(found), encoding="utf-8")


class Checker:
    """Holds what it takes against what is kept; `wrong` tells what is not the same."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.seen: set[Path] = set()

    async def shoot(self, w: Watcher, name: str, part: str = "", themes: tuple[str, ...] = THEMES) -> None:
        path = file_of(w, name)
        self.seen.add(path)
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        found: dict[str, Picture] = {}
        for theme in themes:

            def same(picture: Picture, theme: str = theme) -> bool:
                return kept.startswith(page({**found, theme: picture}))

            found[theme] = await taken(w, part, theme, same)
        got = page(found)
        if got != kept:
            lines = difflib.unified_diff(kept.split("\n"), got.split("\n"), path.name, "now", lineterm="", n=1)
            self.wrong.append("\n".join([*lines][:60]) + f"\nif it should look so: {_UPDATE}")
