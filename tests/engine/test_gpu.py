from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.engine.dozing import DozingServer
from tui_aide.engine.gpu import AlternatingGate, OpenGate, make_gate
from tui_aide.errors import ModelError, ModelUnavailableError, ServerFailedError, SessionError, UsageError
from tui_aide.tree import events as ev
from tui_aide.tree.commands import GpuUse


class Turns:
    """A gate, its server and its events, with a few words for samples and scripts that end when told."""

    def __init__(self) -> None:
        self.server = DozingServer()
        self.events: list[ev.Event] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.gate = self.make()

    def make(self, **settings: Any) -> AlternatingGate:
        defaults = {"batch": 100, "patience": 1000.0, "settle": 0.0, "sleep_pauses": (0.0,), "wake_pauses": (0.0, 0.0)}
        self.gate = AlternatingGate(self.server, self.events.append, **{**defaults, **settings})
        return self.gate

    def sample(self) -> Visit:
        return self._visit(self.server.streaming)

    def script(self) -> Visit:
        return self._visit(self.server.running)

    def _visit(self, enter: Callable[[AlternatingGate], Any]) -> Visit:
        visit = Visit(enter(self.gate))
        self.tasks.append(visit.task)
        return visit

    @property
    def held_for(self) -> str:
        return self.gate.held_for

    @property
    def hand_overs(self) -> list[tuple[str, str]]:
        return [(e.to, e.reason) for e in self.events if isinstance(e, ev.GpuHandedOver)]

    @property
    def notices(self) -> list[str]:
        return [e.message for e in self.events if isinstance(e, ev.Notice)]


class Visit:
    """Somebody at the GPU, or on the way there, who leaves when told."""

    def __init__(self, context: Any) -> None:
        self.inside = asyncio.Event()
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(context))

    async def _stay(self, context: Any) -> None:
        async with context:
            self.inside.set()
            await self.leave.wait()

    async def end(self) -> None:
        self.leave.set()
        await self.task


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    turns = Turns()
    async with asyncio.timeout(20):
        yield turns
        for task in turns.tasks:
            task.cancel()
        await asyncio.gather(*turns.tasks, return_exceptions=True)
        await turns.gate.aclose()
    assert not turns.server.asleep


async def quiet() -> None:
    """Let everything happen that needs no clock."""
    for _ in range(60):
        await asyncio.sleep(0)


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
