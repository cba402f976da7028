from __future__ import annotations

import asyncio

import pytest

from tui_aide.engine import slots as module
from tui_aide.engine.slots import FLOOR, Slots

GB = 2**30


class Machine:
    """Scripts that hold a slot until told to end, on a machine whose free memory is set."""

    def __init__(self, count: int, free: int | None) -> None:
        self.free = free or 0
        self.slots = Slots(count, None if free is None else lambda: self.free)
        self.order: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self, name: int) -> None:
        self.ends[name] = asyncio.Event()
        self.tasks.append(asyncio.create_task(self._script(name)))
        await asyncio.sleep(0.01)

    async def _script(self, name: int) -> None:
        async with self.slots.take():
            self.order.append(name)
            await self.ends[name].wait()

    async def end(self, name: int) -> None:
        self.ends[name].set()
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)


async def test_slots_are_handed_out_first_come_first_served() -> None:
    machine = Machine(2, None)
    for name in range(4):
        await machine.begin(name)
    assert machine.order == [0, 1]
    await machine.end(1)
    await machine.end(0)
    assert machine.order == [0, 1, 2, 3]


async def test_the_first_script_runs_however_little_memory_there_is() -> None:
    machine = Machine(3, 1)
    await machine.begin(0)
    await machine.begin(1)
    assert machine.order == [0]
    await machine.end(0)
    assert machine.order == [0, 1]


async def test_others_wait_until_there_is_memory_for_what_scripts_have_used() -> None:
    machine = Machine(3, 3 * GB)
    machine.slots.note_peak(2 * GB)
    machine.slots.note_peak(1 * GB)
    await machine.begin(0)
    await machine.begin(1)
    assert machine.order == [0, 1]
    machine.free = GB
    await machine.begin(2)
    await asyncio.sleep(0.05)
    assert machine.order == [0, 1]
    machine.free = 2 * GB
    await asyncio.sleep(0.05)
    assert machine.order == [0, 1, 2]


async def test_a_large_script_is_forgotten_after_a_while_and_nothing_is_no_peak() -> None:
    slots = Slots(1)
    assert slots.likely == FLOOR
    slots.note_peak(0)
    slots.note_peak(8 * GB)
    assert slots.likely == 8 * GB
    for _ in range(16):
        slots.note_peak(GB)
    assert slots.likely == GB


async def test_who_gives_up_waiting_leaves_slot_and_place_to_others() -> None:
    machine = Machine(2, 1)
    for name in range(3):
        await machine.begin(name)
    machine.tasks[1].cancel()
    await asyncio.sleep(0.01)
    await machine.end(0)
    await asyncio.sleep(0.05)
    assert machine.order == [0, 2]
