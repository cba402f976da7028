from __future__ import annotations

import asyncio

import pytest

from tests.engine.dozing import DozingServer
from tests.engine.gpu_turns import Turns, quiet
from tui_aide.engine.gpu import AlternatingGate, OpenGate, make_gate
from tui_aide.errors import UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse


async def test_scripts_wait_until_no_sample_streams_then_all_run_and_the_server_wakes(turns: Turns) -> None:
    samples = [turns.sample() for _ in range(3)]
    await quiet()
    assert turns.server.streams == 3
    assert turns.held_for == "thinking"
    scripts = [turns.script() for _ in range(2)]
    await samples[0].end()
    await samples[1].end()
    await quiet()
    assert (turns.server.streams, turns.server.scripts, turns.server.calls) == (1, 0, [])
    await samples[2].end()
    await quiet()
    assert turns.server.scripts == 2
    assert turns.held_for == "training"
    late = turns.sample()
    await scripts[0].end()
    await quiet()
    assert not late.inside.is_set()
    await scripts[1].end()
    await late.inside.wait()
    assert turns.hand_overs == [
        ("training", "no sample streams or waits"),
        ("thinking", "no script runs or waits"),
    ]


async def test_samples_alone_never_put_the_server_to_sleep(turns: Turns) -> None:
    for _ in range(3):
        sample = turns.sample()
        await sample.inside.wait()
        await sample.end()
        await quiet()
    assert turns.server.calls == []


async def test_a_full_batch_lets_no_new_sample_in_and_ends_those_that_stream(turns: Turns) -> None:
    turns.make(batch=2)
    samples = [turns.sample(), turns.sample()]
    await samples[0].inside.wait()
    scripts = [turns.script(), turns.script()]
    await quiet()
    late = turns.sample()
    await quiet()
    assert not late.inside.is_set()
    await samples[0].end()
    await quiet()
    assert turns.server.scripts == 0
    await samples[1].end()
    await scripts[1].inside.wait()
    assert turns.hand_overs == [("training", "2 scripts wait")]
    for script in scripts:
        await script.end()
    await late.inside.wait()


async def test_a_batch_that_shrinks_again_lets_samples_in_again(turns: Turns) -> None:
    turns.make(batch=2)
    first = turns.sample()
    await first.inside.wait()
    scripts = [turns.script(), turns.script()]
    late = turns.sample()
    await quiet()
    assert not late.inside.is_set()
    scripts[0].task.cancel()
    await late.inside.wait()
    assert turns.server.calls == []


async def test_a_script_that_has_waited_long_enough_gets_its_turn(turns: Turns) -> None:
    turns.make(patience=0.2)
    samples = [turns.sample()]
    await samples[0].inside.wait()
    script = turns.script()
    samples.append(turns.sample())
    await samples[1].inside.wait()
    await asyncio.sleep(0.25)
    late = turns.sample()
    await quiet()
    assert not late.inside.is_set()
    for sample in samples:
        await sample.end()
    await script.inside.wait()
    assert turns.hand_overs == [("training", "a script has waited 0.2 s")]
    await script.end()
    await late.inside.wait()


async def test_a_sample_that_has_waited_long_enough_gets_its_turn(turns: Turns) -> None:
    turns.make(patience=0.2)
    scripts = [turns.script()]
    await scripts[0].inside.wait()
    sample = turns.sample()
    scripts.append(turns.script())
    await scripts[1].inside.wait()
    await asyncio.sleep(0.25)
    late = turns.script()
    await quiet()
    assert not late.inside.is_set()
    for script in scripts:
        await script.end()
    await sample.inside.wait()
    assert turns.hand_overs[-1] == ("thinking", "a sample has waited 0.2 s")
    await sample.end()
    await late.inside.wait()


async def test_a_turn_lets_all_in_who_wait_at_its_start_however_impatient_the_others_are(turns: Turns) -> None:
    turns.make(patience=0.0, batch=1)
    first = turns.sample()
    await first.inside.wait()
    scripts, samples = [turns.script(), turns.script()], [turns.sample(), turns.sample()]
    await first.end()
    await asyncio.gather(*(script.inside.wait() for script in scripts))
    late = turns.script()
    for script in scripts:
        await script.end()
    await asyncio.gather(*(sample.inside.wait() for sample in samples))
    assert not late.inside.is_set()
    for sample in samples:
        await sample.end()
    await late.inside.wait()


async def test_a_script_with_no_sample_before_it_has_the_gpu_at_once(turns: Turns) -> None:
    script = turns.script()
    await script.inside.wait()
    assert turns.server.asleep


async def test_a_cancelled_wait_leaves_nobody_behind(turns: Turns) -> None:
    sample, script = turns.sample(), turns.script()
    await sample.inside.wait()
    script.task.cancel()
    await quiet()
    await sample.end()
    await quiet()
    assert turns.server.calls == []


async def test_what_a_sleep_freed_is_told_as_the_server_or_the_gpu_says(turns: Turns) -> None:
    used = [70_000_000_000, 4_000_000_000]

    async def gpu_use() -> tuple[GpuUse, ...]:
        return (GpuUse(0, "H100", used.pop(0), 80_000_000_000),)

    turns.make(gpu_use=gpu_use)
    await turns.script().inside.wait()
    event = turns.events[-1]
    assert isinstance(event, ev.GpuHandedOver)
    assert (event.to, event.freed) == ("training", 66_000_000_000)
    assert turns.notices == []


async def test_a_server_that_sleeps_but_frees_nothing_is_doubted_once(turns: Turns) -> None:
    turns.server.freed = 0
    for _ in range(2):
        script = turns.script()
        await script.inside.wait()
        await script.end()
        await turns.sample().inside.wait()
        turns.tasks[-1].cancel()
    assert len(turns.notices) == 1
    assert "--enable-sleep-mode" in turns.notices[0]


async def test_an_open_gate_lets_both_in_at_once() -> None:
    gate = OpenGate()
    async with gate.thinking(), gate.training():
        assert gate.held_for == ""
    await gate.aclose()


def test_only_alternate_makes_turns_and_it_needs_a_server_that_can_sleep() -> None:
    server = DozingServer()
    assert isinstance(make_gate("share", server, print, batch=2), OpenGate)
    assert isinstance(make_gate("separate", None, print, batch=2), OpenGate)
    assert isinstance(make_gate("alternate", server, print, batch=2), AlternatingGate)
    with pytest.raises(UsageError, match="--base-url"):
        make_gate("alternate", None, print, batch=2)
