from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions.test_recording import with_a_gap
from tests.tui.taped import START, Clock, three_nodes
from tui_aide.errors import UsageError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tui.replay_clock import SPEEDS, ReplayClock


def of(folder: SessionFolder, speed: float) -> tuple[ReplayClock, Clock]:
    clock = Clock()
    return ReplayClock(Recording(folder), speed, clock), clock


def test_one_second_shows_as_many_as_its_speed_says(tmp_path: Path) -> None:
    clock, wall = of(three_nodes(tmp_path).folder, 10)
    wall.now += 0.5
    clock.tick()
    assert clock.time == START + 5
    clock.speed = 2
    wall.now += 3
    clock.tick()
    assert clock.time == START + 11


def test_a_change_of_speed_changes_nothing_of_the_time_before_it(tmp_path: Path) -> None:
    clock, wall = of(three_nodes(tmp_path).folder, 1)
    wall.now += 4
    clock.speed = 100
    assert clock.time == START + 4


def test_it_stands_while_it_does_not_play_and_at_the_end(tmp_path: Path) -> None:
    clock, wall = of(three_nodes(tmp_path).folder, 1)
    wall.now += 3
    clock.play(False)
    wall.now += 30
    clock.tick()
    assert clock.time == START + 3
    clock.play(True)
    wall.now += 1
    clock.tick()
    assert clock.time == START + 4
    wall.now += 1e6
    clock.tick()
    assert clock.at_end
    assert clock.time == START + 61
    clock.play(True)
    assert clock.time == START


def test_keys_step_through_the_speeds_from_any_of_them(tmp_path: Path) -> None:
    clock, _ = of(three_nodes(tmp_path).folder, 1)
    seen = [clock.speed]
    for _step in SPEEDS:
        clock.faster(1)
        seen.append(clock.speed)
    assert tuple(seen[:-1]) == SPEEDS
    assert seen[-1] == 1000
    clock.speed = 42
    clock.faster(-1)
    assert clock.speed == 20
    clock.speed = 42
    clock.faster(1)
    assert clock.speed == 50


@pytest.mark.parametrize("speed", [0, 0.5, 1001, -1, float("nan"), float("inf")])
def test_a_speed_is_1_to_1000(tmp_path: Path, speed: float) -> None:
    with pytest.raises(UsageError, match="speed is 1 to 1000"):
        of(three_nodes(tmp_path).folder, speed)


@pytest.mark.parametrize("speed", [1, 10, 1000])
def test_a_stop_of_a_day_takes_two_seconds_and_is_told(tmp_path: Path, speed: float) -> None:
    made = with_a_gap(tmp_path)
    clock, wall = of(made.folder, speed)
    clock.seek(START + 19.5)
    wall.now += 1 / speed
    clock.tick()
    assert clock.passed is not None
    assert clock.passed.end - clock.passed.start == 86_380
    assert clock.time == pytest.approx(START + 86_400 - 2 * speed)
    wall.now += 1.9
    clock.tick()
    assert clock.passed is not None
    assert clock.time < START + 86_400
    wall.now += 0.2
    clock.tick()
    assert not clock.passed
    assert clock.time == pytest.approx(min(START + 86_400 + 0.1 * speed, START + 86_421))


def test_a_leap_into_a_stop_passes_over_the_rest_of_it(tmp_path: Path) -> None:
    clock, wall = of(with_a_gap(tmp_path).folder, 1)
    clock.seek(START + 40_000)
    assert clock.time == START + 40_000
    wall.now += 0.1
    clock.tick()
    assert clock.time == pytest.approx(START + 86_398)


def test_it_never_leaves_the_recording(tmp_path: Path) -> None:
    clock, _ = of(three_nodes(tmp_path).folder, 1)
    clock.seek(0)
    assert clock.time == START
    clock.seek(START + 1e9)
    assert clock.time == START + 61
