"""What is pictured: a walk through every screen, at one size."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.tui.filling import Filler
from tests.tui.forked import Forked
from tests.tui.recorded import LineServer
from tests.tui.snapshots.camera import Camera
from tests.tui.snapshots.frozen import NOW, recorded
from tests.tui.taped import START, Clock, Tape
from tests.tui.watching import THEMES, Watcher, watching
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tree.commands import GpuUse, RunningNode, ServerStatus
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.model_cards import ModelCard
from tui_aide.tui.replay_feed import ReplayFeed
from tui_aide.tui.screens.home import HomeScreen
from tui_aide.tui.screens.replay import ReplayScreen

Size = tuple[int, int]
Scene = Callable[[Camera, Path, Size], Coroutine[Any, Any, None]]
SIZES: tuple[Size, ...] = ((80, 24), (120, 40), (200, 50))
URL = "http://localhost:8000/v1"


async def models() -> list[ModelCard]:
    return [ModelCard("builtin"), ModelCard("Qwen/Qwen3-14B", URL), ModelCard("deepseek-ai/DeepSeek-R1-32B", URL)]


async def home(camera: Camera, place: Path, size: Size) -> None:
    """The first screen, with nothing and with sessions of all kinds; the keys."""
    async with watching(place=place, size=size, list_models=models) as w:
        await w.shows("No session yet.")
        await camera.shoot(w, "home-empty")
    for path, status, task, best, nodes in zip(
        recorded(place, "tumours", "steered", "tiny-r1"),
        ("finished", "running", "stopped"),
        ("tumours", "friedman", "digits"),
        (0.9521, 1.2345, None),
        (14, 8, 3),
        strict=True,
    ):
        summary = {
            "session": path.name, "status": status, "task": task, "metric": "roc_auc", "model": "builtin",
            "direction": "max", "node_count": nodes, "best": best and {"node": 9, "score": best},
        }  # fmt: skip
        (path / "summary.json").write_text(json.dumps(summary))
    (place / "broken").mkdir()
    (place / "broken" / "session.toml").write_text("")
    (place / "broken" / "summary.json").write_text("{")
    os.utime(place / "broken" / "session.toml", (NOW - 40 * 86_400,) * 2)
    async with watching(place=place, size=size, list_models=models) as w:
        await w.until(lambda: isinstance(w.app.screen, HomeScreen) and w.app.screen.sessions.loaded)
        await camera.shoot(w, "home")
        await w.press("question_mark")
        await camera.shoot(w, "home-keys")
        await w.press("escape", "slash", "t", "i", "n")
        await camera.shoot(w, "home-filter")


async def form(camera: Camera, place: Path, size: Size) -> None:
    """The form of a new search: empty, and over a task that is ready."""
    async with watching(place=place, size=size, list_models=models) as w:
        filler = await Filler.open(w)
        await filler.quiet()
        await camera.shoot(w, "form-empty")
        await filler.put("task", "tumours")
        await filler.put("model", "builtin")
        await filler.put("slots", "2")
        await filler.put("nodes", "30")
        await filler.put("name", "tumours-fern-07")
        await filler.ready()
        await w.until(lambda: filler.desk.columns is not None, 30)
        await filler.quiet()
        await camera.shoot(w, "form")


async def search(camera: Camera, place: Path, size: Size) -> None:
    """A search that has ended: its tree, every tab of its best node, and what lies over them."""
    (path,) = recorded(place, "tumours")
    async with watching(SessionFolder(path), size) as w:
        await w.press("asterisk")
        await w.until(lambda: w.search.tree_view.cursor == w.search.feed.tree.incumbent)
        await camera.shoot(w, "search")
        for key, tab in enumerate(
            ("plan", "reasoning", "code", "diff", "output", "score", "work", "prompt", "history"), start=1
        ):
            await w.press(str(key))
            await w.until(lambda tab=tab: w.search.node_panel.tab == tab)  # type: ignore[misc]
            await camera.shoot(w, f"tab-{tab}", "#node")
        await w.press("enter")
        await camera.shoot(w, "zoomed")
        await w.press("escape", "at")
        await camera.shoot(w, "log")
        if w.search.wide:
            await w.press("at")
        else:
            await w.press("escape")
        await w.press("f", *"valid")
        await camera.shoot(w, "filtering")
        await w.press("enter", "o", "v", "up", "v")
        await camera.shoot(w, "filtered")
        await w.press("c")
        await camera.shoot(w, "compare")
        await w.press("escape", "y")
        await camera.shoot(w, "copy")
        await w.press("escape", "E")
        await camera.shoot(w, "export")
        await w.press("escape", "colon", *"bran")
        await camera.shoot(w, "command")
        await w.press("escape", "question_mark")
        await camera.shoot(w, "keys")
        await w.press("escape", "comma")
        await camera.shoot(w, "settings")
        await w.press("escape")
        w.app.theme = "night"
        await w.press("T")
        await camera.shoot(w, "themes", themes=("night",))
        await w.press("escape", "ctrl+p")
        await camera.shoot(w, "palette")


def _lively(place: Path) -> Tape:
    """A search under way: some nodes are done, three are in flight, one is a fork."""
    made = Tape(place, "toy-fern-0001", model="Qwen/Qwen3-14B")
    made.whole(0, 0.8123, best=True, title="Ridge regression on all columns")
    made.whole(20, 0.8467, 0, best=True, title="Gradient boosting with early stopping")
    made.whole(40, None, 1, title="CatBoost with native categories")
    made.now = 70
    forked = Forked(made, 1)
    forked.make()
    made.now = 4_800
    thinking = made.begin(1)
    made.think(thinking, "The parent bags five seeds. Validation loss still falls at round 2 900.\n" * 6)
    made.now = 4_900
    running = made.begin(0)
    made.execute(running, title="Extra trees", plan="Extra trees over the same columns.")
    made.write(running, "output.log", "".join(f"fold {i} of 5: 0.84{i}2\n" for i in range(4)))
    made.begin(1)
    return made


async def live(camera: Camera, place: Path, size: Size) -> None:
    """A search under way, with a server and a GPU; the question before it is stopped."""
    made = _lively(place)
    made.hold()
    try:
        async with LineServer(made, Path()) as server, watching(made, size) as w:
            await w.until(lambda: server._writers and w.connected)
            status = ServerStatus(URL, "Qwen/Qwen3-14B", "up", START)
            gpu = GpuUse(0, "NVIDIA H100", 71 << 30, 80 << 30, busy=0.92, celsius=68)
            server.push(
                RunningNode(4, "thinking", 64.0, 812, 61.0),
                RunningNode(5, "executing", 71.0, scripts=1, script_seconds=62.0, limit=600.0, cpu_percent=187.4,
                            memory=310_000_000, peak_memory=900_000_000, output=12_345),
                servers=(status,), gpus=(gpu,),
            )  # fmt: skip
            await w.shows("61 t/s")
            w.search.tree_view.go(4)
            await camera.shoot(w, "live")
            w.search.tree_view.go(5)
            await w.press("5")
            await camera.shoot(w, "live-output", "#node")
            if not w.search.wide:
                for view in ("live", "curve"):
                    w.search.set_view(view)
                    await camera.shoot(w, f"live-{view}")
                w.search.set_view("tree")
            w.search.tree_view.focus()
            await w.press("s")
            await camera.shoot(w, "stop")
            await w.press("escape")
            await asyncio.sleep(0)
    finally:
        made.close()


async def replay(camera: Camera, place: Path, size: Size) -> None:
    """A recording that was steered, at its middle."""
    (path,) = recorded(place, "steered")
    recording = Recording(SessionFolder(path))
    feed = ReplayFeed(recording, 20, Clock())
    feed.seek(recording.at(0.5 * recording.elapsed(recording.end)))
    app = TuiAideApp(replay=feed, theme_folders=lambda: [THEMES])
    async with app.run_test(size=size) as pilot:
        w = Watcher(app, pilot)
        await w.until(lambda: isinstance(app.screen, ReplayScreen))
        await camera.shoot(w, "replay")


SCENES: dict[str, Scene] = {
    "home": home, "form": form, "search": search, "live": live, "replay": replay,
}  # fmt: skip
