"""Killing a script from the screen, and what scripts use, on it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tests.tui.forked import Forked
from tests.tui.recorded import LineServer, RecordedSession
from tests.tui.watching import SMALL, WIDE, watching
from tui_aide.cli import main
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Reply, RunningNode
from tui_aide.tree.node import Tokens

BUSY = RunningNode(
    0, "executing", 64.0, scripts=1, script_seconds=62.0, limit=600.0, cpu_percent=187.4, memory=310_000_000,
    peak_memory=900_000_000, output=12_345, disk=4_000_000,
)  # fmt: skip


def running(live: RecordedSession) -> int:
    node = live.begin()
    live.execute(node, title="slow forest")
    return node


async def test_a_key_a_word_and_the_palette_kill_what_runs(live: RecordedSession, tmp_path: Path) -> None:
    running(live)
    kill = {"command": "kill", "by": "user", "node": 0, "candidate": None}
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        await w.shows("slow forest")
        await w.press("K")
        await w.until(lambda: len(server.commands) == 1)
        await w.press("colon")
        await w.enter("kill 0")
        await w.until(lambda: len(server.commands) == 2)
        {c.title: c for c in w.app.get_system_commands(w.search)}["Kill"].callback()
        await w.until(lambda: len(server.commands) == 3)
        assert server.commands == [kill] * 3
        await w.shows("done as asked")


async def test_moving_up_by_its_letter_kills_nothing(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    running(live)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        w.search.tree_view.go(1)
        await w.press("k")
        await w.until(lambda: w.search.tree_view.cursor == 0)
        assert not server.commands


async def test_why_nothing_was_killed_is_shown(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    async with LineServer(live, tmp_path) as server, watching(live) as w:
        server.reply = Reply(False, "#0 runs no script to kill: it is done (valid)")
        await w.press("K")
        await w.shows("#0 runs no script to kill")


async def test_a_small_pane_kills_the_node_that_it_follows(live: RecordedSession, tmp_path: Path) -> None:
    live.valid(0.8)
    node = running(live)
    async with LineServer(live, tmp_path) as server, watching(live, WIDE) as w:
        w.search.tree_view.go(0)
        await w.until(lambda: w.search.query_one("#live-0").display)
        w.search.query_one("#live-0").focus()
        await w.ticks(4)
        await w.press("K")
        await w.until(lambda: server.commands)
        assert server.commands[0]["node"] == node


async def test_on_a_candidate_only_its_script_is_killed(live: RecordedSession, tmp_path: Path) -> None:
    forked = Forked(live)
    node = forked.node
    async with LineServer(live, tmp_path) as server, watching(live, WIDE) as w:
        w.search.tree_view.go(node)
        await w.press("l", "j")
        await w.until(lambda: w.search.tree_view.candidate is not None)
        await w.press("K")
        await w.until(lambda: server.commands)
        assert server.commands[0]["candidate"] == w.search.tree_view.candidate


async def test_what_it_uses_is_told_while_it_runs(live: RecordedSession, tmp_path: Path) -> None:
    running(live)
    async with LineServer(live, tmp_path) as server, watching(live, WIDE) as w:
        await w.until(lambda: server._writers)
        server.push(BUSY)
        await w.shows("uses    1m02 of 10m00   cpu 187 %   310 MB (peak 900 MB)   out 12.3 kB")
        await w.until(lambda: "1m02 of 10m00  cpu 187 %" in str(w.search.query_one("#live-0").border_subtitle))


async def test_what_it_holds_of_the_gpus_is_told_beside_its_memory(
    live: RecordedSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = running(live)
    holds = msgspec.structs.replace(BUSY, gpu_memory=2_000_000_000, peak_gpu_memory=3_500_000_000)
    async with LineServer(live, tmp_path) as server, watching(live, WIDE) as w:
        await w.until(lambda: server._writers)
        server.push(holds)
        await w.shows("310 MB   gpu 2 GB (peak 3.5 GB)")
        live.add(
            ev.ExecutionFinished(
                node=node, reason="exited", returncode=0, seconds=2.0, peak_memory=1, gpu_memory=3_500_000_000
            )
        )
        live.finish(node, verdict="valid", message="", tokens=Tokens(1, 1, 1))
        await w.shows("gpu 3.5 GB")
    main(["show", live.folder.id, "--sessions-dir", str(live.folder.path.parent)])
    assert "peak 0 MB, 3500 MB of GPU" in capsys.readouterr().out
    main(["show", live.folder.id, "--json", "--sessions-dir", str(live.folder.path.parent)])
    assert json.loads(capsys.readouterr().out)["nodes"][node]["gpu_memory"] == 3_500_000_000


async def test_a_small_screen_tells_it_beside_the_views(live: RecordedSession, tmp_path: Path) -> None:
    running(live)
    async with LineServer(live, tmp_path) as server, watching(live, SMALL) as w:
        await w.until(lambda: server._writers)
        server.push(BUSY)
        await w.press("5")
        await w.shows("#0 1m02 of 10m00  cpu 187 %  310 MB")


async def test_a_killed_node_says_so_and_what_it_had_used(live: RecordedSession) -> None:
    node = running(live)
    live.add(
        ev.ExecutionFinished(
            node=node, reason="killed", returncode=-9, seconds=2.0, peak_memory=900_000_000, cpu_seconds=3.0,
            output=12_000, disk=5_000_000,
        )
    )  # fmt: skip
    message = "killed by you: peak 900 MB of memory, 3.0 s of CPU in 2.0 s"
    live.finish(node, verdict="killed", message=message, tokens=Tokens(1, 1, 1))
    async with watching(live, WIDE) as w:
        await w.shows("⊘ #0")
        await w.shows("ran     peak 900 MB   cpu 3s (150 %)   out 12 kB   disk 5 MB")
        await w.shows("note    killed by you: peak 900 MB of memory")
        assert "✗ 0" in w.screen_text()


async def test_on_a_small_screen_the_keys_do_the_same(live: RecordedSession, tmp_path: Path) -> None:
    running(live)
    async with LineServer(live, tmp_path) as server, watching(live, SMALL) as w:
        await w.shows("slow forest")
        await w.press("K")
        await w.until(lambda: server.commands)
