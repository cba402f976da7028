"""Which Python an image has, and what is said where it has none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.doubles import toy_view
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.engine.checking import check_script
from tui_aide.engine.script_python import script_python
from tui_aide.errors import ExecutionError
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.models.chat import Limits


async def test_scripts_are_checked_by_what_the_image_told(executor: DockerExecutor) -> None:
    python = script_python(await executor.interpreter())
    assert python.elsewhere
    assert "sklearn" in python.modules
    code = "import sklearn\nimport no_such_package\nopen('submission.csv', 'w').write('id,y')\n"
    found = await check_script(code, toy_view(), Limits(60.0, None, 1, python=python))
    assert [f.message.split("'")[1] for f in found] == ["no_such_package"]


@pytest.mark.parametrize("python", ["/opt/none/bin/python", "nopython"])
async def test_a_python_that_the_image_lacks_is_named(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    executor = DockerExecutor(IMAGE, python=python, mounts=PYTHON_PLACES)
    with pytest.raises(
        ExecutionError, match=rf"^--python {python} cannot be run in the image {IMAGE}; name one"
    ) as told:
        await executor.interpreter()
    assert "\n" not in str(told.value)
    await executor.aclose()


async def test_a_python_of_the_image_is_named_by_its_path(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    executor = DockerExecutor(IMAGE, python=sys.executable, mounts=PYTHON_PLACES)
    found = await executor.interpreter()
    assert found.release == sys.version_info[:2]
    assert found.path == Path(f"{sys.executable} of {IMAGE}")
    told = await executor.ask_python("import os; print(os.environ['PATH'].split(':')[0], os.environ['VIRTUAL_ENV'])")
    assert told == f"{Path(sys.executable).parent} {sys.prefix}\n"
    await executor.aclose()
