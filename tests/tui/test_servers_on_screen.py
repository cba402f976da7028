from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from textual.widget import Widget

from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, USUAL, WIDE, Watcher, watching
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse, RunningNode, ServerStatus
from tui_aide.tree.node import ServerState, Tokens
from tui_aide.tui.widgets.board import Board

URL = "http://localhost:8000/v1"
GPU = GpuUse(0, "H100", 71 * 2**30, 80 * 2**30, 0.92, 68.0)
UP = ServerStatus(URL, "r1", "up", 0.0, running=3, waiting=1, generation_rate=1284.0, kv_use=0.74)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RecordedSession]:
    """A live session whose model is behind a server."""
    recorded = RecordedSession(tmp_path / "served", model="r1@localhost:8000")
    recorded.hold()
    yield recorded
    recorded.close()


@asynccontextmanager
async def attached(
    session: RecordedSession, tmp: Path, size: tuple[int, int]
) -> AsyncIterator[tuple[Watcher, LineServer]]:
    async with LineServer(session, tmp) as server, watching(session, size) as w:
        await w.until(lambda: w.connected and server._writers)
        yield w, server


def _server(state: ServerState, detail: str = "", load: float | None = None, age: float = 130.0) -> ServerStatus:
    return ServerStatus(URL, "r1", state, time.time() - age, detail, load)


@pytest.mark.parametrize("size", [WIDE, (120, 40)])
async def test_a_wide_screen_has_a_line_of_gauges(
    served: RecordedSession, tmp_path: Path, size: tuple[int, int]
) -> None:
    served.valid(0.8, best=True)
    async with attached(served, tmp_path, size) as (w, server):
        assert not w.search.query_one("#gauges").display
        server.push(servers=(UP,), gpus=(GPU,))
        await w.shows("server up  run 3 wait 1  KV ██████░░  74 %")
        rows = w.screen_text().splitlines()
        assert len(rows) == size[1]
        assert "GPU0" in rows[-3]
        assert "t/s" in rows[-3]


async def test_a_small_screen_has_the_short_form_in_its_status_line(served: RecordedSession, tmp_path: Path) -> None:
    served.valid(0.8, best=True)
    async with attached(served, tmp_path, SMALL) as (w, server):
        server.push(servers=(UP,))
        await w.until(lambda: "KV 74%" in w.screen_text().splitlines()[0])
        server.push(servers=(_server("starting", "loading weights 3/8", 0.4),))
        await w.until(lambda: "LOADING 40%" in w.screen_text().splitlines()[0])
        server.push(servers=(_server("lost", "connection refused"),))
        await w.until(lambda: "LOST 2m1" in w.screen_text().splitlines()[0])
        assert not w.search.query_one("#gauges").display


async def test_a_small_screen_has_the_line_with_what_runs_and_the_curve(
    served: RecordedSession, tmp_path: Path
) -> None:
    served.valid(0.8, best=True)
    async with attached(served, tmp_path, SMALL) as (w, server):
        server.push(servers=(UP,), machine=(37.0, 6 << 30, 16 << 30))
        await w.ticks(6)
        assert not w.search.query_one("#gauges").display
        for view in ("live", "curve"):
            w.search.set_view(view)
            await w.shows("server up  run 3 wait 1  KV ██████░░  74 %")
        w.search.set_view("tree")
        await w.until(lambda: not w.search.query_one("#gauges").display)


async def test_the_machine_stands_on_the_line_without_a_server(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8, best=True)
    async with attached(live, tmp_path, USUAL) as (w, server):
        server.push(machine=(37.0, 6 << 30, 16 << 30))
        await w.shows("CPU ███░░░░░  37 %  RAM ███░░░░░ 6.0/16 GiB")
        assert "GPU" not in w.screen_text()


async def test_the_built_in_proposer_leaves_the_screen_as_it_is(live: RecordedSession, tmp_path: Path) -> None:
    node = live.valid(0.8, best=True)
    live.sample(node, server="", budget=None)
    async with attached(live, tmp_path, USUAL) as (w, server):
        server.push(RunningNode(0, "thinking", 1.0))
        await w.ticks(6)
        assert not w.search.query_one("#gauges").display
        assert "sample " not in w.screen_text()


@pytest.mark.parametrize(("size", "label"), [(WIDE, "server lost 2m1"), ((120, 40), "lost 2m1"), (SMALL, "lost 2m1")])
async def test_a_node_says_that_it_waits_for_the_lost_server(
    served: RecordedSession, tmp_path: Path, size: tuple[int, int], label: str
) -> None:
    node = served.begin()
    served.think(node)
    async with attached(served, tmp_path, size) as (w, server):
        await w.shows("thinking" if size != (120, 40) else "think ")
        server.push(RunningNode(node, "thinking", 40.0), servers=(_server("lost", "connection refused"),))
        await w.until(lambda: label in w.screen_text().splitlines()[2])
        await w.shows("waiting for the server (lost 2m1" if size != SMALL else "The model server was lost")
        await w.shows("connection refused")
        server.push(RunningNode(node, "thinking", 41.0, 20, 61.0), servers=(UP,))
        await w.until(lambda: "lost" not in w.screen_text())


async def test_a_server_that_only_the_journal_tells_of_is_waited_for_too(served: RecordedSession) -> None:
    served.think(served.begin())
    served.add(ev.ServerChanged(server=URL, state="lost", detail="connection refused"))
    async with watching(served) as w:
        await w.shows("server lost")
        await w.shows("model server lost; the search waits for it and goes on by itself (connection refused)")


async def test_taking_turns_on_the_gpu_is_told_at_the_nodes(served: RecordedSession, tmp_path: Path) -> None:
    thinks, waits = served.begin(), served.begin()
    served.think(thinks)
    served.add(ev.CodeChecked(node=waits, ok=True, title="t", plan="p", lines=1))
    both = (RunningNode(thinks, "thinking", 5.0), RunningNode(waits, "waiting", 9.0))
    async with attached(served, tmp_path, WIDE) as (w, server):
        server.push(*both, servers=(_server("asleep"),), gpus=(GPU,), gpu_for="training")
        await w.shows("GPU is training")
        await w.shows("GPU for training")
        server.push(*both, servers=(UP,), gpus=(GPU,), gpu_for="thinking")
        await w.shows("GPU is thinking")
        await w.until(lambda: "GPU is training" not in w.screen_text())


async def test_a_streaming_node_shows_its_thinking_of_its_budget(served: RecordedSession, tmp_path: Path) -> None:
    node = served.begin()
    served.think(node, "hm\n")
    async with attached(served, tmp_path, USUAL) as (w, server):
        server.push(RunningNode(node, "thinking", 5.0, 3100, 61.0, 0, 3100, 8000, 0.4), servers=(UP,))
        await w.shows("thought ███░░░░░ 3.1k of 8.0k   TTFT 0.4 s")
        await w.shows("61 t/s  3.1k/8.0k tok")


async def test_a_finished_node_shows_what_its_sample_took(served: RecordedSession, tmp_path: Path) -> None:
    for url in (URL, "http://gpu-box:8001/v1"):
        served.add(ev.ServerChanged(server=url, state="up"))
    node = served.begin()
    served.think(node)
    served.sample(node, finish="length", tokens=Tokens(18_200, 8_000, 812), server="http://gpu-box:8001/v1")
    served.execute(node)
    served.finish(node, 0.8, best=True)
    async with attached(served, tmp_path, WIDE) as (w, _):
        await w.shows("sample  thought ████████ 8.0k of 8.0k   cut at the token limit   138 t/s")
        await w.shows("at http://gpu-box:8001/v1")
        for tab in ("1", "6"):
            await w.press(tab)
            await w.shows("ended         cut at the token limit (length)")
            await w.shows("speed         138 tokens/s, first token after 0.4 s")
            await w.shows("server        http://gpu-box:8001/v1")


async def test_the_log_tells_of_servers_the_gpu_and_samples(served: RecordedSession) -> None:
    node = served.begin()
    served.add(ev.SampleRestarted(node=node, sample=0, reason="the stream broke [/]"))
    served.add(ev.ThinkingClosed(node=node, sample=0, tokens=8000, reason="its budget is spent"))
    served.add(ev.ServerChanged(server=URL, state="asleep", detail="scripts train"))
    served.add(ev.GpuHandedOver(to="training", reason="8 scripts wait", seconds=1.25, freed=60 * 2**30))
    async with watching(served, WIDE) as w:
        await w.press("at")
        await w.shows("#0 sample broke off (the stream broke [/]); it begins anew")
        await w.shows("#0 thinking closed after 8 000 tokens (its budget is spent); the answer follows")
        await w.shows("model server sleeps; no sample goes to it until it is woken (scripts train)")
        await w.shows("GPU goes to training (8 scripts wait); took 1.2 s, 60.0 GiB freed")


async def test_gauges_that_did_not_change_are_not_drawn_again(
    served: RecordedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.valid(0.8, best=True)
    drawn: list[str] = []
    real = Widget.refresh

    def refresh(self: Widget, *regions: object, **more: object) -> Widget:
        if regions and isinstance(self, Board):
            drawn.append(self.id or "")
        return real(self, *regions, **more)  # type: ignore[arg-type]

    async with attached(served, tmp_path, WIDE) as (w, server):
        server.push(servers=(msgspec.structs.replace(UP, generation_rate=None),), gpus=(GPU,))
        await w.shows("server up")
        monkeypatch.setattr(Widget, "refresh", refresh)
        await w.ticks(12)
        assert "status" in drawn  # the clock
        assert "gauges" not in drawn
        server.push(servers=(msgspec.structs.replace(UP, generation_rate=None, running=7),), gpus=(GPU,))
        await w.shows("run 7")
        assert "gauges" in drawn


async def test_servers_cost_one_widget(served: RecordedSession, tmp_path: Path) -> None:
    served.valid(0.8, best=True)
    async with attached(served, tmp_path, WIDE) as (w, server):
        before = len(w.search.query("*"))
        server.push(servers=(UP, _server("lost")), gpus=(GPU, GPU, GPU))
        await w.shows("3 GPUs")
        assert len(w.search.query("*")) == before
        assert before <= 40
