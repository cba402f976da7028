"""kill -9 of the runner at random moments; whatever the moment, a resume goes on as if nothing had been."""

from __future__ import annotations

import random
import time

import pytest

from tests.durability.holding import holds
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place, Runner, finish_what_began, make_session, whole_lines
from tui_aide.sessions.view import SessionView

MOMENTS = (b"execution_started", b"node_finished", b"incumbent", b"selection_made", b"refit_started", b"refitted")
NODES = 8
MOMENTS_OF_TWELVE: tuple[float | bytes, ...] = (
    *(0.0, 0.3, 0.6, 0.9, 1.0, 1.1, b"execution_started"),
    *(1.2, 1.4, b"node_finished", b"node_created", 1.6),
)


def kill_at_random(
    place: Place, model: QuickModel, rng: random.Random, kills: int, name: str, seconds: float = 3.0
) -> int:
    """Kill a session's runners up to `kills` times and let the last one end; return how many kills there were."""
    folder = make_session(place, model.url, NODES, name, warm=True, seed=rng.randrange(1000))
    before, killed = b"", 0
    while True:
        runner = Runner(place, folder)
        if killed < kills:
            wait_for_moment(runner, rng, seconds)
        else:
            runner.finish()
        if not runner.alive:
            assert runner.finish() == 0, folder.runner_log.read_text()
            break
        lines = runner.kill(group=rng.random() < 0.2)
        assert lines.startswith(before)
        before, killed = lines, killed + 1
        if lines:
            view = SessionView(folder)
            view.refresh()
            assert view.status in ("interrupted", "finished")
    holds(place, folder, before, NODES)
    return killed


def wait_for_moment(runner: Runner, rng: random.Random, seconds: float) -> None:
    """Wait for a while, or for the next event of some kind and a moment more."""
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0.0, seconds))
        return
    kind, have = rng.choice(MOMENTS), whole_lines(runner.folder)
    runner.until(lambda data: kind in data[len(have) :])
    time.sleep(rng.uniform(0.0, 0.03))


def test_twelve_kills_lose_nothing(place: Place, model: QuickModel) -> None:
    folder, rng, before = make_session(place, model.url, 200, warm=True, seed=6), random.Random(6), b""
    for number, moment in enumerate(MOMENTS_OF_TWELVE):
        runner = Runner(place, folder)
        if isinstance(moment, bytes):
            have = len(whole_lines(folder))
            runner.until(lambda data, kind=moment, have=have: kind in data[have:])  # type: ignore[misc]
        else:
            time.sleep(moment)
        time.sleep(rng.uniform(0.0, 0.1))
        lines = runner.kill(group=number % 3 == 2)
        assert lines.startswith(before)
        before = lines
    assert b"interrupted" in place.run("sessions").stdout
    holds(place, folder, before, finish_what_began(place, folder))


@pytest.mark.kill
def test_two_hundred_kills_lose_nothing(place: Place, model: QuickModel) -> None:
    seed = random.randrange(1_000_000)
    print("seed", seed)
    rng, killed, sessions = random.Random(seed), 0, 0
    while killed < 200:
        sessions += 1
        killed += kill_at_random(place, model, rng, 200 - killed, f"s{sessions}")
