"""What the nodes of a cluster tell of the scripts' Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doubles import toy_view
from tests.execution.ray.nodes import RayNodes
from tests.pythons import environment
from tui_aide.engine.checking import check_script
from tui_aide.engine.script_python import script_python
from tui_aide.errors import ExecutionError
from tui_aide.execution.ray_executor import RayExecutor
from tui_aide.models.chat import Limits

pytestmark = pytest.mark.ray


async def test_the_workers_python_is_told_and_never_taken_for_ours(executor: RayExecutor) -> None:
    found = await executor.interpreter()
    assert found.elsewhere
    assert found.release == sys.version_info[:2]
    assert {"msgspec", "numpy"} <= found.packages.keys()
    assert {"json", "numpy"} <= set(found.modules)


async def test_another_python_on_the_nodes_is_what_prompts_and_checks_are_told_of(
    nodes: RayNodes, tmp_path: Path
) -> None:
    executor = RayExecutor(nodes.address, python=str(environment(tmp_path / "env", "onlythere 1.0", "torch 2.9.1")))
    try:
        python = script_python(await executor.interpreter())
    finally:
        await executor.aclose()
    assert python.packages["torch"] == "2.9.1"
    code = "import onlythere\nimport sklearn\nopen('submission.csv', 'w').write('id,y')\n"
    found = await check_script(code, toy_view(), Limits(60.0, None, 1, python=python))
    assert [f.message.split("'")[1] for f in found] == ["sklearn"]


async def test_a_python_that_the_nodes_lack_is_named_with_the_node(nodes: RayNodes) -> None:
    executor = RayExecutor(nodes.address, python="/nowhere/python")
    with pytest.raises(ExecutionError, match=r"^node .* cannot run scripts: /nowhere/python is no Python"):
        await executor.interpreter()
    await executor.aclose()


@pytest.mark.slow
@pytest.mark.parametrize("lacking", [False, True])
def test_a_search_there_begins_only_with_what_the_builtin_proposer_needs(
    nodes: RayNodes, tmp_path: Path, lacking: bool
) -> None:
    command = [sys.executable, "-m", "tui_aide", "run", "digits", "--headless", "--json", "--model", "builtin"]
    command += ["--nodes", "1", "--no-ensemble", "--no-refit", "--sessions-dir", str(tmp_path / "s"), "--name", "there"]
    command += ["--executor", "ray", "--ray-address", nodes.address]
    if lacking:
        command += ["--python", str(environment(tmp_path / "env", "numpy 1.0"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    if lacking:
        assert done.returncode != 0
        assert "has no pandas and no scikit-learn, which the built-in proposer's scripts need" in done.stdout
        return
    assert done.returncode == 0, done.stderr
    end = json.loads(done.stdout.splitlines()[-1])
    assert (end["status"], [node["verdict"] for node in end["nodes"]]) == ("finished", ["valid"])
