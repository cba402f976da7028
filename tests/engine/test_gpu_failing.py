"""Servers that will not sleep or wake, or are lost: nobody waits at the GPU for ever."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.engine.dozing import DozingServer
from tests.engine.gpu_turns import Turns, quiet
from tui_aide.engine.gpu import AlternatingGate
from tui_aide.errors import ModelError, ModelUnavailableError, ServerFailedError, SessionError
from tui_aide.tree import events as ev


async def test_a_sleep_that_fails_once_is_tried_again(turns: Turns) -> None:
    turns.server.sleep_failures = [ServerFailedError("it failed")]
    await turns.script().inside.wait()
    assert turns.server.asleep
    assert turns.notices == ["it failed; tried again in 0 s"]


async def test_a_server_that_will_not_sleep_is_shared_from_then_on(turns: Turns) -> None:
    turns.server.sleep_failures = [ServerFailedError("no sleep mode")] * 2
    turns.server.shared = True
    script, sample = turns.script(), turns.sample()
    await sample.inside.wait()
    await sample.end()
    await script.inside.wait()
    another = turns.sample()
    await another.inside.wait()
    assert turns.held_for == ""
    assert turns.notices[-1] == "no sleep mode; from here on thinking and training share the GPU"
    assert not turns.server.asleep


async def test_a_server_that_failed_half_way_to_sleep_is_woken_before_it_is_shared(turns: Turns) -> None:
    turns.server.shared = True

    async def half_way() -> int | None:
        turns.server.asleep = True
        raise ServerFailedError("out of host memory")

    turns.server.sleep = half_way  # type: ignore[method-assign]
    script = turns.script()
    await script.inside.wait()
    assert turns.server.calls == ["wake"]
    assert not turns.server.asleep


async def test_a_server_without_sleep_endpoints_is_shared_at_once(turns: Turns) -> None:
    turns.server.look_failure = ServerFailedError("no sleep endpoints")
    turns.server.shared = True
    await asyncio.gather(turns.script().inside.wait(), turns.sample().inside.wait())
    assert turns.notices == ["no sleep endpoints; from here on thinking and training share the GPU"]
    assert turns.server.calls == []


async def test_a_lost_server_keeps_no_script_waiting_and_alternates_again_when_it_is_back(turns: Turns) -> None:
    sample = turns.sample()
    await sample.inside.wait()
    await sample.end()
    turns.server.sleep_failures = [ModelUnavailableError("no server answers")] * 2
    turns.server.shared = True
    script = turns.script()
    await script.inside.wait()
    assert turns.hand_overs == [("training", "no sample streams or waits, though no server answers")]
    await script.end()
    await turns.sample().inside.wait()
    turns.tasks[-1].cancel()
    turns.server.shared = False
    await turns.script().inside.wait()
    assert turns.server.asleep


async def test_a_wake_that_fails_is_tried_again_saying_why(turns: Turns) -> None:
    script = turns.script()
    await script.inside.wait()
    turns.server.wake_failures = [ServerFailedError("CUDA out of memory")]
    await script.end()
    await turns.sample().inside.wait()
    assert turns.notices == ["CUDA out of memory; tried again in 0 s"]


async def test_a_server_that_does_not_wake_fails_the_samples_and_says_who_holds_the_gpu(turns: Turns) -> None:
    async def holders() -> str:
        return "python (process 4711) holds 20.1 GB of the GPU"

    turns.make(holders=holders)
    script = turns.script()
    await script.inside.wait()
    turns.server.wake_failures = [ServerFailedError("CUDA out of memory")] * 3
    sample = turns.sample()
    await script.end()
    with pytest.raises(ServerFailedError, match=r"memory; python \(process 4711\) holds 20.1 GB of the GPU: end that"):
        await sample.task
    assert turns.server.calls.count("wake") == 3
    await quiet()
    assert turns.server.calls.count("wake") == 3, "nobody waits, so nothing is tried"
    await turns.sample().inside.wait()  # the next one tries again, and it is mended by now


async def test_a_server_left_asleep_by_a_death_of_ours_is_woken_before_the_first_sample(turns: Turns) -> None:
    turns.server.asleep = True
    await turns.sample().inside.wait()
    assert turns.server.calls == ["wake"]
    assert turns.notices == ["the model server was found asleep; it is woken before the next sample"]


async def test_closing_wakes_the_server(turns: Turns) -> None:
    turns.make(batch=1, settle=1000.0)
    script = turns.script()
    await script.inside.wait()
    script.task.cancel()
    await asyncio.gather(script.task, return_exceptions=True)
    await turns.gate.aclose()
    await turns.gate.aclose()
    assert not turns.server.asleep
    assert turns.hand_overs[-1] == ("thinking", "the search ends")
    assert turns.server.calls == ["sleep", "wake"]


async def test_closing_waits_for_a_sleep_under_way_and_wakes_the_server(turns: Turns) -> None:
    turns.server.seconds = 0.05
    script = turns.script()
    while not turns.server.under_way:
        await asyncio.sleep(0)
    script.task.cancel()
    closing = asyncio.create_task(turns.gate.aclose())
    await asyncio.sleep(0)
    closing.cancel()  # the one who closes is cancelled, too
    await asyncio.gather(closing, return_exceptions=True)
    await turns.gate.aclose()
    assert turns.server.calls == ["sleep", "wake"]
    assert not turns.server.asleep


async def test_closing_a_gate_whose_server_does_not_wake_says_how_to_wake_it(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_aide.engine.gpu_switch._CLOSING_PAUSES", (0.0,))
    script = turns.script()
    await script.inside.wait()
    script.task.cancel()
    turns.server.wake_failures = [ServerFailedError("it failed")] * 5
    await turns.gate.aclose()
    assert turns.notices[-1] == "the model server is left asleep (it failed): wake it with POST /wake_up, or restart it"
    turns.server.asleep = False


async def test_closing_a_gate_that_nobody_used_asks_nothing() -> None:
    server = DozingServer()
    await AlternatingGate(server, print, batch=1).aclose()
    assert server.calls == []


async def test_a_journal_that_cannot_be_written_reaches_all_who_wait(turns: Turns) -> None:
    def emit(event: ev.Event) -> None:
        raise SessionError("the disk is full")

    gate = AlternatingGate(turns.server, emit, batch=1, settle=0.0)
    turns.gate = gate
    for visit in (turns.script(), turns.script()):
        with pytest.raises(SessionError, match="disk is full"):
            await visit.task
    with pytest.raises(SessionError, match="disk is full"):
        await turns.sample().task
    turns.make()
    await turns.sample().inside.wait()


@pytest.mark.parametrize("seed", range(25))
async def test_nobody_is_lost_whoever_is_cancelled_whenever_and_whatever_fails(turns: Turns, seed: int) -> None:
    rng = random.Random(seed)
    turns.make(batch=rng.randint(1, 5), patience=rng.choice([0.0, 0.002, 1000.0]))
    finished = 0

    async def node() -> None:
        nonlocal finished
        for _ in range(3):
            try:
                async with turns.server.streaming(turns.gate):
                    await naps(rng.randrange(20))
            except ModelError:
                continue
            async with turns.server.running(turns.gate):
                await naps(rng.randrange(20))
        finished += 1

    async def naps(count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    nodes = [asyncio.create_task(node()) for _ in range(30)]
    doomed = rng.sample(nodes, 12)
    for task in doomed:
        await naps(rng.randrange(40))
        task.cancel()
        if rng.random() < 0.3:
            turns.server.sleep_failures.append(ServerFailedError("it failed"))
        if rng.random() < 0.3:
            turns.server.wake_failures.append(ServerFailedError("it failed"))
    ends = await asyncio.gather(*nodes, return_exceptions=True)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ends), ends
    assert finished == sum(not task.cancelled() for task in nodes) >= 18
    turns.server.wake_failures.clear()
    await turns.gate.aclose()
    assert (turns.server.streams, turns.server.scripts, turns.server.asleep) == (0, 0, False)
