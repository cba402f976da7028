"""Whole searches whose model and scripts take turns on one GPU."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.doubles import SleepingExecutor
from tests.engine.dozing import DozingServer, WatchedExecutor, WatchedModel
from tests.engine.search import Search
from tests.vllm_double.server import Double
from tui_aide.engine.engine import Settings
from tui_aide.engine.gpu import AlternatingGate
from tui_aide.errors import ServerFailedError
from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.sleep import SleepingServers
from tui_aide.tree import events as ev


def search(path: Path, server: DozingServer, nodes: int = 12, settings: Settings | None = None, **gate: Any) -> Search:
    """A search with a gate before a server that knows when somebody is at the GPU who must not be."""
    model, executor = WatchedModel(seconds=0.004), WatchedExecutor(0.004)
    model.server = executor.server = server

    def make(emit: Callable[[ev.Event], object]) -> AlternatingGate:
        return AlternatingGate(server, emit, **{"batch": 3, "settle": 0.01, "wake_pauses": (0.0,), **gate})

    settings = settings or Settings(workers=3, slots=2, turns=True)
    return Search(path, ev.Budget(nodes=nodes), settings, model=model, executor=executor, gate=make)


def turns(found: Search) -> list[str]:
    return [e.to for e in found.events() if isinstance(e, ev.GpuHandedOver)]


async def test_no_sample_streams_while_the_server_sleeps_and_no_script_runs_while_it_is_awake(tmp_path: Path) -> None:
    server = DozingServer(seconds=0.002)
    found = search(tmp_path, server)
    await found.run()
    assert found.tree.status == "finished"
    assert all(node.done for node in found.tree.nodes.values())
    assert len(found.executor.executions) == 12
    assert found.model.most_streams == 3
    assert found.executor.most_running == 2
    assert not server.asleep
    assert turns(found)[:2] == ["training", "thinking"]
    assert turns(found) == ["training", "thinking"] * (len(turns(found)) // 2)
    assert 2 <= len(turns(found)) <= 12, "scripts are trained in batches"


async def test_one_node_at_a_time_takes_turns_for_each(tmp_path: Path) -> None:
    found = search(tmp_path, DozingServer(), nodes=3, settings=Settings(sequential=True))
    await found.run()
    assert turns(found) == ["training", "thinking"] * 3


async def test_the_snapshot_tells_who_has_the_gpu(tmp_path: Path) -> None:
    found = search(tmp_path, DozingServer())
    seen: set[str] = set()
    found.executor.seconds = 0.02
    running = asyncio.create_task(found.run())
    while not running.done():
        seen.add(found.engine.progress().gpu_for)
        await asyncio.sleep(0.001)
    await running
    assert {"thinking", "training"} <= seen


async def test_a_stop_while_scripts_train_wakes_the_server_and_the_search_goes_on_later(tmp_path: Path) -> None:
    server = DozingServer()
    found = search(tmp_path, server)
    found.executor.seconds = 30.0
    running = asyncio.create_task(found.run())
    await found.until(lambda e: isinstance(e, ev.ExecutionStarted))
    found.engine.stop("enough")
    await running
    assert found.tree.status == "stopped"
    assert not server.asleep
    kinds = [type(e) for e in found.events()]
    assert kinds.index(ev.SessionFinished) > max(i for i, k in enumerate(kinds) if k is ev.GpuHandedOver)
    again = search(tmp_path, server)
    await again.run()
    assert again.tree.status == "finished"
    assert sum(node.done for node in again.tree.nodes.values()) == 12


async def test_a_search_killed_while_the_server_slept_wakes_it_when_it_goes_on(tmp_path: Path) -> None:
    server = DozingServer()
    server.asleep = True
    found = search(tmp_path, server, nodes=2)
    await found.run()
    assert found.tree.status == "finished"
    assert server.calls[0] == "wake"


async def test_a_server_that_never_wakes_ends_the_search_in_words_and_resumable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_aide.engine.making._MODEL_PAUSES", (0.0,))
    monkeypatch.setattr("tui_aide.engine.gpu_switch._CLOSING_PAUSES", ())
    server = DozingServer()
    found = search(tmp_path, server)
    server.wake_failures = [ServerFailedError("it cannot wake (CUDA out of memory)")] * 1000
    await found.run()
    assert found.tree.status == "failed"
    assert "cannot wake (CUDA out of memory)" in found.tree.status_reason
    finished = {n.id for n in found.tree.nodes.values() if n.done}
    assert finished, "the scripts that were written have run"
    server.wake_failures.clear()
    again = search(tmp_path, server)
    await again.run()
    assert again.tree.status == "finished"
    restarted = {e.node for e in again.events() if isinstance(e, ev.NodeRestarted)}
    assert not restarted & finished, "nothing that was finished is done again"


async def test_a_search_whose_server_cannot_sleep_goes_on_sharing_the_gpu(tmp_path: Path) -> None:
    server = DozingServer()
    server.look_failure = ServerFailedError("it has no sleep endpoints")
    server.shared = True
    found = search(tmp_path, server)
    await found.run()
    assert found.tree.status == "finished"
    assert turns(found) == []
    assert [n.message for n in found.tree.notices] == [
        "it has no sleep endpoints; from here on thinking and training share the GPU"
    ]


async def test_a_server_that_speaks_vllms_sleep_protocol_takes_turns_with_scripts(tmp_path: Path) -> None:
    def write(messages: Sequence[dict[str, str]], seed: int) -> tuple[str, str]:
        return "I think.", f"A plan.\n\n```python\n# score 0.{seed % 1000:03}\n```\n"

    async with Double(write=write) as double:
        seen: list[bool] = []

        class Looking(SleepingExecutor):
            async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
                seen.append(await servers.is_asleep())
                return await super().run(execution, on_usage)

        servers = SleepingServers([double.base_url])
        found = Search(
            tmp_path,
            ev.Budget(nodes=6),
            Settings(workers=3, slots=1, turns=True),
            model=OpenAICompatibleModel(double.base_url),
            executor=Looking(0.001),
            gate=lambda emit: AlternatingGate(servers, emit, batch=3),
        )
        await found.run()
        await found.model.aclose()
        assert found.tree.status == "finished"
        assert seen == [True] * 6
        assert not await servers.is_asleep()
