"""Makes the README's pictures from a real search: python docs/pictures.py

Runs the built-in proposer on a bundled task, opens the search screen on it without a terminal, and saves what it draws
as SVG; `rsvg-convert` (Debian: librsvg2-bin, with a monospaced font such as DejaVu) turns that into PNG.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tui_aide.bench.launch import launch as begin_bench
from tui_aide.bench.launch import stop as stop_bench
from tui_aide.bench.run_folder import RunFolder, create_run
from tui_aide.bench.run_lock import is_conducted
from tui_aide.bench.suite_toml import parse_suite
from tui_aide.cli.home import list_models
from tui_aide.sessions.client import RunnerClient
from tui_aide.sessions.config import SearchSettings
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.launch import launch
from tui_aide.sessions.recording import Recording
from tui_aide.sessions.starting import create_session, find_task
from tui_aide.sessions.view import SessionView
from tui_aide.tree.commands import Stop
from tui_aide.tree.events import Budget
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.replay_feed import ReplayFeed
from tui_aide.tui.screens.bench import BenchScreen
from tui_aide.tui.screens.new_search import NewSearchScreen

IMAGES = Path(__file__).parent / "images"
ENDED = 5
"""Cells of the pictured bench, of twelve, that are done."""


async def replay_picture(name: str, theme: str | None) -> None:
    """Open the replay of a recorded session, somewhat before its best node came, and save what it shows."""
    recording = Recording(SessionFolder(IMAGES.parent.parent / "sessions" / "tumours"))
    feed = ReplayFeed(recording, 20, lambda: 0.0)
    feed.seek(recording.at(0.55 * recording.elapsed(recording.end)))
    app = TuiAideApp(replay=feed)
    async with app.run_test(size=(150, 42)) as pilot:
        if theme:
            app.theme = theme
        await pilot.pause(1.5)
        svg = app.export_screenshot(title="tui-aide replay")
    await asyncio.to_thread(convert, svg, IMAGES / f"{name}.png")


async def themes_picture() -> None:
    """Open the theme picker over a recorded session, and save what it shows."""
    recording = Recording(SessionFolder(IMAGES.parent.parent / "sessions" / "tumours"))
    feed = ReplayFeed(recording, 20, lambda: 0.0)
    feed.seek(recording.at(0.55 * recording.elapsed(recording.end)))
    app = TuiAideApp(replay=feed)
    async with app.run_test(size=(150, 42)) as pilot:
        await pilot.pause(1.5)
        await pilot.press("T")
        while app.theme != "ember":
            await pilot.press("down" if app.theme < "ember" else "up")
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="tui-aide")
    await asyncio.to_thread(convert, svg, IMAGES / "themes.png")


async def new_search_picture(name: str, theme: str | None) -> None:
    """Open the form of a new search over a task that was searched before, and save it when everything is looked up."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(IMAGES.parent.parent / "sessions" / "tumours", Path(place, "tumours"))
        os.environ["TUI_AIDE_SESSIONS_DIR"] = place
        app = TuiAideApp(place=Path(place), list_models=list_models, new="tumours")
        async with app.run_test(size=(150, 46)) as pilot:
            if theme:
                app.theme = theme
            while not (isinstance(app.screen, NewSearchScreen) and app.screen.desk.ready and app.screen.desk.columns):
                await pilot.pause(0.2)
            app.screen.put("nodes", "30")
            await pilot.pause(1.0)
            while not app.screen.desk.ready:
                await pilot.pause(0.2)
            await pilot.pause(0.5)
            svg = app.export_screenshot(title="tui-aide new tumours")
    await asyncio.to_thread(convert, svg, IMAGES / f"{name}.png")


async def bench_picture(name: str, theme: str | None) -> None:
    """Run a small suite with the built-in proposer, and save the matrix when some of its cells are done."""
    text = (
        "[budget]\nnodes = 2\n[run]\nparallel = 2\nseeds = 2\nslots = 1\nensemble = false\nrefit = false\n"
        "[models.builtin]\n[strategies.single]\n[strategies.mcts]\nstrategy = 'single'\npolicy = 'mcts'\n"
        "[tasks.digits]\n[tasks.friedman]\n[tasks.ordinal]\n"
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        os.environ["TUI_AIDE_SESSIONS_DIR"] = f"{place}/sessions"
        run = create_run(Path(place, "bench"), "autumn", parse_suite(text, "autumn.toml", Path(place)))
        await asyncio.to_thread(begin_bench, run)
        app = TuiAideApp(run=run)
        async with app.run_test(size=(150, 30)) as pilot:
            if theme:
                app.theme = theme
            screen = app.screen
            assert isinstance(screen, BenchScreen)
            while not (progress := screen.progress) or (progress.conducted and progress.ended < ENDED):
                await pilot.pause(0.5)
            await pilot.pause(1.0)
            svg = app.export_screenshot(title="tui-aide bench autumn.toml")
        await asyncio.to_thread(end_bench, run)
    await asyncio.to_thread(convert, svg, IMAGES / f"{name}.png")


def end_bench(run: RunFolder) -> None:
    """Stop a run, and wait until its searches have ended."""
    while is_conducted(run):
        stop_bench(run)
        for _ in range(100):
            if is_conducted(run):
                time.sleep(0.1)


async def picture(folder: SessionFolder, size: tuple[int, int], name: str, nodes: int, theme: str | None) -> None:
    """Open the screen at a size, wait for so many finished nodes and one under way, and save what it shows."""
    app = TuiAideApp(folder)
    view = SessionView(folder)
    async with app.run_test(size=size) as pilot:
        if theme:
            app.theme = theme
        while True:
            view.refresh()
            ready = view.tree.finished_count >= nodes and any(
                n.phase == "executing" for n in view.tree.running.values()
            )
            if ready or view.tree.status not in ("running", "new"):
                break
            await pilot.pause(0.2)
        await pilot.pause(1.5)
        svg = app.export_screenshot(title="tui-aide")
    await asyncio.to_thread(convert, svg, IMAGES / f"{name}.png")


def convert(svg: str, path: Path) -> None:
    """Save Textual's SVG as PNG."""
    path.write_bytes(drawn(svg))


def drawn(svg: str, width: int | None = None) -> bytes:
    """Draw Textual's SVG as PNG with DejaVu Sans Mono, whose letters are 0.602 of their size wide, not 0.61.

    `width` is in pixels; without it the picture has the size that the SVG says.
    """
    svg = re.sub(r' textLength="[^"]*"', "", svg).replace("Fira Code", "DejaVu Sans Mono")
    svg = svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')
    svg = svg.replace("font-size: 20px", f"font-size: {12.2 / 0.60205:.3f}px")
    size = ("--width", str(width), "--keep-aspect-ratio") if width else ()
    return subprocess.run(["rsvg-convert", *size], input=svg.encode(), stdout=subprocess.PIPE, check=True).stdout


async def main() -> None:
    """Search, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="tumours")
    parser.add_argument("--nodes", type=int, default=7, help="finished nodes to wait for")
    parser.add_argument("--theme")
    parser.add_argument("--replay", action="store_true", help="only the replay's, of a recorded session")
    parser.add_argument("--new", action="store_true", help="only that of the form of a new search")
    parser.add_argument("--themes", action="store_true", help="only that of the theme picker, over a recorded session")
    parser.add_argument("--bench", action="store_true", help="only that of a bench's matrix; takes minutes")
    options = parser.parse_args()
    os.environ["TUI_AIDE_CONFIG_DIR"] = os.devnull  # not in the colours of whoever takes them
    if options.new:
        await new_search_picture("new-search", options.theme)
        return
    if options.bench:
        await bench_picture("bench", options.theme)
        return
    if options.themes:
        await themes_picture()
        return
    await replay_picture("replay", options.theme)
    if options.replay:
        return
    await new_search_picture("new-search", options.theme)
    await themes_picture()
    await bench_picture("bench", options.theme)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        task, label = find_task(options.task)
        search = SearchSettings(workers=1, slots=1, seed=1)
        folder, _ = await asyncio.to_thread(
            create_session, task, label, Path(place), search, Budget(nodes=20), f"{options.task}-cedar-0707"
        )
        launch(folder)
        await picture(folder, (150, 42), "search", options.nodes, options.theme)
        await picture(folder, (80, 24), "small", options.nodes, options.theme)
        client = await RunnerClient.connect(folder)
        await client.send(Stop())
        await client.closed.wait()
        await client.aclose()


if __name__ == "__main__":
    asyncio.run(main())
