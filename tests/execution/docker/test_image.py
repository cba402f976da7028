from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution.docker.conftest import Make
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.errors import ExecutionError
from tui_aide.execution.containers.image import DOCKERFILE, prepare_image, tag_of
from tui_aide.execution.docker_executor import DockerExecutor


@pytest.fixture
def engine(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    return daemon


async def test_our_own_image_is_built_once_and_anew_for_another_dockerfile(
    engine: Daemon, make: Make, tmp_path: Path
) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM {IMAGE}\nENV BUILT=first\n")
    told: list[str] = []
    for number, word in enumerate(("first", "first", "second")):
        dockerfile.write_text(f"FROM {IMAGE}\nENV BUILT={word}\nVOLUME /var\nUSER root\n")
        told.clear()
        executor = DockerExecutor(mounts=PYTHON_PLACES, dockerfile=dockerfile, tell=told.append)
        execution = make("import os; print(os.environ['BUILT'], os.getuid() > 0)\n", f"work-{number}")
        outcome = await executor.run(execution)
        assert outcome.returncode == 0, execution.output.read_text()
        assert tag_of(dockerfile) in executor.place.words
        await executor.aclose()
        assert execution.output.read_text() == f"{word} True\n"
        assert bool(told) == (number != 1)
        if told:
            assert told[0].startswith(f"building the image {tag_of(dockerfile)} from {dockerfile}")
            assert any(line.startswith("Step 1/4") for line in told)
            assert told[-1] == f"the image {tag_of(dockerfile)} is ready"


async def test_a_build_that_fails_is_told_in_one_line(engine: Daemon, tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM {IMAGE}\nCOPY missing /\n")
    executor = DockerExecutor(dockerfile=dockerfile)
    with pytest.raises(
        ExecutionError, match=r"cannot be built: .*missing.*; name an image that is here by --image"
    ) as e:
        await executor.start()
    assert "\n" not in str(e.value)
    await executor.aclose()


def test_a_named_image_that_is_here_needs_no_word(engine: Daemon) -> None:
    told: list[str] = []
    prepare_image(IMAGE, told.append)
    assert told == []


async def test_the_image_tells_of_its_python(executor: DockerExecutor) -> None:
    found = await executor.interpreter()
    assert found.packages["scikit-learn"]
    assert found.release >= (3, 11)
    assert not found.path.exists()
    assert IMAGE in str(found.path)


def test_the_dockerfile_has_what_the_built_in_proposer_needs() -> None:
    text = DOCKERFILE.read_text()
    for package in ("numpy", "pandas", "scikit-learn"):
        assert f'"{package}>=' in text
    assert text.count("FROM ") == 1
