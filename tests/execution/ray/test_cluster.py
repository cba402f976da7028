from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.answering import Answers
from tests.engine.search import Search
from tests.execution.ray.conftest import Make
from tests.execution.ray.nodes import RayNodes
from tests.execution.ray.test_ray_executor import until_printed
from tui_aide.engine.engine import Settings
from tui_aide.errors import ExecutionError
from tui_aide.execution.ray_executor import RayExecutor
from tui_aide.tree import events as ev

pytestmark = pytest.mark.ray

SLOW = """```python
import os, time
print("NODE", os.path.realpath("input"), flush=True)
time.sleep(4)
open("submission.csv", "w").write("score 0.5\\n")
```"""


@pytest.fixture
def own_nodes(ray_installed: None) -> Iterator[RayNodes]:
    nodes = RayNodes()
    try:
        yield nodes
    finally:
        nodes.close()
    assert nodes.processes() == []


async def test_a_lost_node_has_the_engine_run_the_script_on_another(
    own_nodes: RayNodes, make: Make, tmp_path: Path
) -> None:
    own_nodes.add("head", num_cpus=1)
    own_nodes.add("second", num_cpus=1)
    executor = RayExecutor(own_nodes.address)
    code = "import os, time; print('NODE', os.path.realpath('input'), flush=True); time.sleep(60)"
    blockers = [make(code, "one"), make(code, "other")]
    blocked = [asyncio.create_task(executor.run(run)) for run in blockers]
    places = [(await until_printed(run.output, r"^NODE (.*)\n")).group(1) for run in blockers]
    on_second, on_head = sorted(blockers, key=lambda run: "/head/" in places[blockers.index(run)])
    executor.kill(on_second)
    search = Search(
        tmp_path / "session",
        ev.Budget(nodes=1),
        Settings(workers=1, slots=1),
        model=Answers({"": [SLOW]}),
        executor=executor,
    )
    searching = asyncio.create_task(search.run())
    output = search.folder.node(0) / "output.log"
    place = await until_printed(output, r"^NODE (.*)\n")
    assert place.group(1).startswith(str(own_nodes.place / "second"))
    executor.kill(on_head)
    await asyncio.to_thread(own_nodes.remove, "second")
    await searching
    await asyncio.gather(*blocked)
    await executor.aclose()
    ends = [e.reason for e in search.events() if isinstance(e, ev.ExecutionFinished)]
    assert ends == ["lost", "exited"]
    assert search.tree.nodes[0].verdict == "valid"
    text = output.read_text()
    assert "lost with node " in text
    assert str(own_nodes.place / "head") in text.partition("it runs once more")[2]


async def test_a_dead_address_is_told_at_once(ray_installed: None, make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        executor = RayExecutor(address)
        began = time.monotonic()
        with pytest.raises(ExecutionError, match=f"no Ray cluster answers at {address} .*; start one by `ray start"):
            await executor.run(make("print(1)"))
        assert time.monotonic() - began < 10
        await executor.aclose()
    assert not [p for p in psutil.Process().children() if "remote.bridge" in " ".join(p.cmdline())]


async def test_what_answers_but_is_no_cluster_is_given_up(
    ray_installed: None, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_aide.execution.ray_executor._CONNECT_SECONDS", 4.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        executor = RayExecutor(f"127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ExecutionError, match="does not answer; look at `ray status` there"):
            await executor.start()
        await executor.aclose()
    assert not [p for p in psutil.Process().children() if "remote.bridge" in " ".join(p.cmdline())]


@pytest.mark.parametrize("address", ["ray://10.0.0.1:10001", "cluster", "10.0.0.1:port"])
async def test_an_address_that_is_none_is_told(ray_installed: None, address: str) -> None:
    executor = RayExecutor(address)
    with pytest.raises(ExecutionError, match="is not HOST:PORT"):
        await executor.start()
    await executor.aclose()


async def test_a_node_without_a_package_is_named(own_nodes: RayNodes, tmp_path: Path) -> None:
    """The node's interpreter finds a `msgspec` of ours before the real one: a module finder that denies it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Deny:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'msgspec':\n"
        "            raise ModuleNotFoundError(\"No module named 'msgspec'\")\n"
        "sys.meta_path.insert(0, Deny)\n"
    )
    own_nodes.add("head", num_cpus=1, env_vars={"PYTHONPATH": str(tmp_path)})
    executor = RayExecutor(own_nodes.address)
    with pytest.raises(ExecutionError, match=r"^node [\d.]+ \(\w{8}\) lacks .*msgspec") as caught:
        await executor.start()
    assert "\n" not in str(caught.value)
    await executor.aclose()


async def test_another_python_on_the_nodes_is_asked(nodes: RayNodes, make: Make) -> None:
    executor = RayExecutor(nodes.address, python="/nowhere/python")
    with pytest.raises(ExecutionError, match=r"^node .* cannot run scripts: /nowhere/python is no Python"):
        await executor.start()
    await executor.aclose()
    executor = RayExecutor(nodes.address, python=sys.executable)
    execution = make("import sys; print(sys.executable)")
    await executor.run(execution)
    await executor.aclose()
    assert execution.output.read_text().strip() == sys.executable
