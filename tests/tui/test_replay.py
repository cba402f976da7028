"""The replay's screen: each key, the command line, the mouse, and that nothing of the session is touched."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.seeking import write_journal
from tests.tui.taped import TEXT, Clock, Tape, tape, three_nodes
from tests.tui.watching import SMALL, THEMES, USUAL, WIDE, Watcher
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tree import events as ev
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.replay_feed import ReplayFeed
from tui_aide.tui.screens.replay import ReplayScreen
from tui_aide.tui.widgets.transport_line import TransportLine

RECORDED = Path(__file__).parent.parent.parent / "sessions"


class Player(Watcher):
    """A replay under test, with the clock that it goes by."""

    clock: Clock

    @property
    def screen(self) -> ReplayScreen:
        assert isinstance(self.app.screen, ReplayScreen)
        return self.app.screen

    @property
    def at(self) -> float:
        """Seconds after the recording's start."""
        return self.screen.replay.clock.time - self.screen.replay.recording.start

    async def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.now += seconds
        await self.drawn()

    async def drawn(self) -> None:
        """Draw every part of the screen."""
        for _ in range(4):
            self.screen.pulse.beat()
            await self.pilot.pause()

    async def there(self) -> None:
        """Wait until all is shown."""
        await self.until(lambda: not self.screen.replay.behind and not self.screen._arriving)
        await self.drawn()

    async def command(self, line: str) -> None:
        """Enter a line on the command line."""
        await self.press("colon")
        await self.enter(line)
        await self.there()


@asynccontextmanager
async def playing(
    session: Tape | SessionFolder, size: tuple[int, int] = USUAL, *, speed: float = 1
) -> AsyncIterator[Player]:
    folder = session.folder if isinstance(session, Tape) else session
    clock = Clock()
    app = TuiAideApp(replay=ReplayFeed(Recording(folder), speed, clock), theme_folders=lambda: [THEMES])
    async with app.run_test(size=size, notifications=True) as pilot:
        player = Player(app, pilot)
        player.clock = clock
        await player.until(lambda: isinstance(app.screen, ReplayScreen))
        await player.drawn()
        yield player


async def test_it_plays_and_stands(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        assert "▶ 1×" in p.screen_text()
        assert "0s / 1m01" in p.screen_text()
        await p.wait(5)
        assert p.at == 5
        assert "5s / 1m01" in p.screen_text()
        await p.press("space")
        await p.wait(50)
        assert p.at == 5
        assert "‖ 1×" in p.screen_text()
        assert "space Play" in " ".join(p.screen_text().split())
        await p.press("space")
        await p.wait(16)
        assert "★ #0 first try" in p.screen_text()
        assert "#1 of 3" in p.screen_text()


async def test_speed_keys_and_command(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        for key, speed in (("right_square_bracket", 2), ("plus", 5), ("left_square_bracket", 2), ("minus", 1)):
            await p.press(key)
            assert p.screen.replay.clock.speed == speed
        await p.command("speed 40")
        assert "40×" in p.screen_text()
        await p.wait(1)
        assert p.at == 40
        await p.command("speed 5000")
        await p.shows("a replay's speed is 1 to 1000, not 5000")
        await p.command("speed fast")
        await p.shows("'fast' is no speed")
        assert p.screen.replay.clock.speed == 40


async def test_steps_and_node_ends(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("right_curly_bracket")
        await p.there()
        assert p.at == 20
        assert p.screen.feed.tree.incumbent == 0
        await p.press("right_curly_bracket", "right_curly_bracket")
        await p.there()
        assert p.at == 60
        await p.press("left_curly_bracket")
        await p.there()
        assert p.at == 40
        count = p.screen.replay.count
        await p.press("less_than_sign")
        await p.there()
        assert p.screen.feed.tree.last_seq == count - 1
        assert not p.screen.replay.clock.playing
        await p.press("greater_than_sign")
        await p.there()
        assert p.screen.feed.tree.last_seq == count


async def test_home_and_end_go_to_the_ends_and_play_begins_again(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("end")
        await p.there()
        text = p.screen_text()
        assert "FINISHED" in text
        assert "The recording ends here: the search finished." in text
        assert "■ 1×" in text
        assert "space Again" in " ".join(text.split())
        await p.press("home")
        await p.there()
        assert p.at == 0
        assert list(p.screen.feed.tree.nodes) == [0]
        await p.press("end", "space")
        await p.there()
        assert p.at == 0


async def test_home_and_end_stay_with_a_line_that_is_typed(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("right_curly_bracket", "colon", "s", "home", "end", "escape")
        await p.there()
        assert p.at == 20


async def test_seeking_by_command(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("space")
        for line, at, cursor in (
            ("seek 2", 40, 2), ("seek #1", 20, 1), ("seek 50%", 30.5, 1), ("seek 35s", 35, 1), ("seek 1m", 60, 1),
            ("seek 0m30", 30, 1), ("goto 2", 40, 2), ("seek 0%", 0, 0), ("1", 20, 1), ("seek 100%", 61, 1),
        ):  # fmt: skip
            await p.command(line)
            assert p.at == pytest.approx(at), line
            assert p.screen.tree_view.cursor == cursor, line


async def test_seek_without_a_place_goes_to_where_the_cursors_node_began(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("end")
        await p.there()
        p.screen.tree_view.go(1)
        await p.command("seek")
        assert p.at == 20
        assert p.screen.tree_view.cursor == 1


async def test_a_wrong_command_says_what_would_do(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        for line, says in (
            ("seek 9", "no node #9; there are #0 to #2"), ("seek soon", "'soon' is no place in a replay"),
            ("seek 120%", "'120%' is no place in a replay"), ("sek 3", "no command 'sek' in a replay"),
            ("goto 9", "no node #9"),
        ):  # fmt: skip
            await p.command(line)
            await p.shows(says)
            p.app.clear_notifications()


async def test_what_steers_says_that_it_cannot_here(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("right_curly_bracket")
        await p.there()
        for key in "beKsRSPrxumpHM":
            p.app.clear_notifications()
            await p.press(key)
            await p.shows("This is a replay; tui-aide resume toy-fern-0001")
            assert isinstance(p.app.screen, ReplayScreen)
        for line in ("stop", 'branch 0 "try trees"', "nodes 40", "strategy single", "resume", "kill 0", "hint be bold"):
            p.app.clear_notifications()
            await p.command(line)
            await p.shows("This is a replay; tui-aide resume toy-fern-0001")


async def test_texts_stream_as_they_did(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.wait(3.5)
        text = p.screen_text()
        assert "thought 04" in text
        assert "thought 05" not in text
        assert "10 t/s" in text
        await p.wait(11.5)
        text = p.screen_text()
        assert "line 0009" in text
        assert "line 0010" not in text
        await p.command("seek 3s")
        assert "thought 03" in p.screen_text()
        assert "thought 05" not in p.screen_text()
        assert len(TEXT.splitlines()) == 10


async def test_what_came_later_is_not_shown(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("end")
        await p.there()
        p.screen.tree_view.go(1)
        await p.press("3")
        await p.shows("print(1)")
        await p.command("seek 25s")
        assert p.screen.tree_view.cursor == 1
        text = p.screen_text()
        assert "print(1)" not in text
        assert "second try" not in text
        assert "★ #0 first try" in text
        await p.command("seek 5s")
        assert p.screen.tree_view.cursor == 0
        assert "#1" not in p.screen_text().split("REPLAY")[0]


async def test_the_bar_is_clicked_and_dragged(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("space")
        line = p.screen.query_one(TransportLine)
        assert line.transport is not None
        begin, width = line.transport.bar, line.transport.width
        await p.pilot.click(line, offset=(begin + (width - 1) // 2, 0))
        await p.there()
        assert p.at == pytest.approx(30.5, abs=61 / width)
        await p.pilot.mouse_down(line, offset=(begin, 0))
        await p.there()
        assert p.at == 0
        await p.pilot.hover(line, offset=(begin + width - 1, 0))
        await p.there()
        assert p.at == 61
        await p.pilot.mouse_up(line, offset=(begin + width - 1, 0))
        await p.pilot.hover(line, offset=(begin, 0))
        await p.there()
        assert p.at == 61
        await p.pilot.click(line, offset=(line.transport.sign + 1, 0))
        await p.there()
        assert p.at == 0
        assert p.screen.replay.clock.playing


@pytest.mark.parametrize("size", [SMALL, USUAL, WIDE, (60, 16)])
async def test_the_controls_are_in_view_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with playing(three_nodes(tmp_path), size) as p:
        await p.wait(30)
        (line,) = [row for row in p.screen_text().splitlines() if "REPLAY" in row]
        assert "▶ 1×" in line
        assert "30s / 1m01" in line
        assert line.count("★") == 2
        assert len(line.rstrip()) <= size[0]


async def test_an_interrupted_session_and_its_gap(tmp_path: Path) -> None:
    made = tape(tmp_path)
    made.begin()
    made.at(1, ev.SampleStarted(node=0, sample=0, model="m"))
    made.at(3600, ev.SessionResumed(budget=ev.Budget(nodes=20), model="m", workers=1, slots=1, restarted=(0,)))
    made.at(3600, ev.NodeRestarted(node=0))
    made.sampled(0, 3600)
    async with playing(made, WIDE) as p:
        await p.wait(1.5)
        await p.shows("Passed over 59m59 in which the search was not running.")
        assert "INTERRUPTED" in p.screen_text()
        await p.wait(2.5)
        assert "RUNNING" in p.screen_text()
        assert "Passed over" not in p.screen_text()
        await p.press("end")
        await p.there()
        assert "the runner ended without a word" in p.screen_text()


async def test_help_and_palette_know_the_replays_keys(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path), WIDE) as p:
        await p.press("question_mark")
        await p.shows("Stand still and go one event on.")
        text = p.screen_text()
        assert "Edit the node's script" not in text
        assert "Leave; the search goes on." not in text
        await p.press("escape")
        titles = [c.title for c in p.app.get_system_commands(p.app.screen)]
        assert {"Faster", "Step"} <= set(titles)
        assert not {"Branch", "Stop"} & set(titles)


async def test_leaving_ends_the_viewer(tmp_path: Path) -> None:
    async with playing(three_nodes(tmp_path)) as p:
        await p.press("q")
        await p.until(lambda: p.app._exit)


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file and folder with its contents' hash and its time of change."""
    return {
        str(p.relative_to(folder)): (
            hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "",
            p.stat().st_mtime_ns,
        )
        for p in sorted([folder, *folder.rglob("*")])
    }


@pytest.mark.parametrize("name", ["tiny-r1", "tumours"])
async def test_a_recorded_session_plays_to_its_end_and_is_left_untouched(name: str) -> None:
    folder = SessionFolder(RECORDED / name)
    before = fingerprint(folder.path)
    async with playing(folder, WIDE, speed=50) as p:
        for _ in range(3):
            await p.wait(2)
            await p.press("less_than_sign", "space")
            await p.there()
        for tab in "12345678":
            await p.press(tab)
            await p.drawn()
        await p.command("seek 3")
        await p.press("end")
        await p.there()
        assert "FINISHED" in p.screen_text()
    assert fingerprint(folder.path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
async def test_a_read_only_folder_plays(tmp_path: Path) -> None:
    made = three_nodes(tmp_path)
    paths = [made.folder.path, *made.folder.path.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        async with playing(made, WIDE) as p:
            await p.press("end")
            await p.there()
            assert "FINISHED" in p.screen_text()
    finally:
        for path in paths:
            path.chmod(0o755)


async def test_a_leap_in_a_long_search_leaves_the_loop_to_others(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    write_journal(folder.journal, 3_000)
    async with playing(folder, WIDE) as p:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        p.screen.seek(p.screen.replay.recording.end)
        before = turns
        await p.until(lambda: not p.screen.replay.behind)
        counting.cancel()
        assert len(p.screen.feed.tree.nodes) == 3_000
        assert turns - before > 5
