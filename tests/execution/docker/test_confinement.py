"""What a hostile script gets at in a container: nothing. The deeds are those of the attacks on the other sandboxes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.execution.attacks import deeds
from tests.execution.attacks.runner import ground
from tests.execution.docker.conftest import Make
from tests.execution.docker.daemon import IMAGE, PYTHON_PLACES, Daemon
from tui_aide.execution.docker_executor import DockerExecutor
from tui_aide.execution.executor import Execution

OUTSIDE = "looked at from outside"
MEMORY_MIB = 256


@pytest.fixture
async def attacked(executor: DockerExecutor, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Do all deeds in one container, amid what it should not get at; return what came of them and of the ground."""
    base, canary = Path(tempfile.mkdtemp(prefix="tui-aide-attack-")), f"canary-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    try:
        with ground(base, canary) as targets:
            work, spool = Path(targets["work"]), Path(targets["spool"])
            (work / "solution.py").write_text(Path(deeds.__file__).read_text())
            told = {"only": [], "shm_mib": MEMORY_MIB // 2, "tmp_mib": MEMORY_MIB // 2}
            told["docker"] = daemon.host.removeprefix("unix://")
            (work / "targets.json").write_text(json.dumps({**targets, **told}))
            outcome = await executor.run(
                Execution(
                    folder=work,
                    output=spool,
                    inputs=(Path(targets["inputs"]),),
                    seconds=60.0,
                    memory=MEMORY_MIB << 20,
                    gpus="",
                )
            )
            assert (outcome.reason, outcome.returncode) == ("exited", 0), spool.read_text()
            assert Path(f"/proc/{targets['victim']}").exists()
            assert "forged" not in spool.read_text()
            assert (base / "session/input/train.csv").read_text() == "a,b\n1,2\n"
            assert (base / "public.txt").read_text() == "public"
            assert sorted(p.name for p in work.parent.iterdir()) == ["output.log", "work"]
            assert not Path("/dev/shm", canary).exists()
            yield json.loads((work / "done.json").read_text())
    finally:
        shutil.rmtree(base, ignore_errors=True)


async def test_an_attacker_reaches_nothing(attacked: dict[str, dict[str, str]]) -> None:
    assert set(attacked) == set(deeds.NAMES)
    reached = {name: told["got"] for name, told in attacked.items() if told["got"] not in ("", OUTSIDE)}
    assert reached.pop("poison_the_interpreter", "/tmp/").startswith("/tmp/")  # which ends with the container
    assert reached == {}


async def test_a_program_with_set_user_id_is_none_once_it_is_ours(executor: DockerExecutor, make: Make) -> None:
    script = "import os, shutil\nshutil.copy('/usr/bin/true', 'root')\nos.chmod('root', 0o6755)\n"
    execution = make(script)
    outcome = await executor.run(execution)
    assert outcome.returncode == 0
    program = (execution.folder / "root").stat()
    assert program.st_uid == os.getuid()
    assert program.st_mode & 0o6000 == 0


async def test_links_are_not_followed_when_the_folder_is_ours_again(
    executor: DockerExecutor, make: Make, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    os.chown(outside, 12345, 12345)
    execution = make(f"import os\nos.symlink({str(outside)!r}, 'link')\nos.symlink({str(tmp_path)!r}, 'up')\n")
    assert (await executor.run(execution)).returncode == 0
    assert (execution.folder / "link").lstat().st_uid == os.getuid()
    assert outside.stat().st_uid == 12345


async def test_the_folder_of_an_ordinary_user_is_written_as_that_user(executor: DockerExecutor, make: Make) -> None:
    execution = make("import os\nopen('made', 'w').write(f'{os.getuid()}:{os.getgid()}')\n")
    for path in (execution.folder, execution.folder / "solution.py"):
        os.chown(path, 1234, 1235)
    assert (await executor.run(execution)).returncode == 0
    made = execution.folder / "made"
    assert made.read_text() == "1234:1235"
    assert (made.stat().st_uid, made.stat().st_gid) == (1234, 1235)


async def test_a_mount_is_readable_and_no_more(daemon: Daemon, make: Make, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.bin").write_text("weights")
    script = f"""
        place = {str(weights)!r}
        print(open(place + '/model.bin').read())
        open(place + '/model.bin', 'w')
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", daemon.host)
        executor = DockerExecutor(IMAGE, mounts=(*PYTHON_PLACES, weights))
        execution = make(script)
        outcome = await executor.run(execution)
        await executor.aclose()
    assert outcome.returncode == 1
    assert "weights\n" in execution.output.read_text().splitlines(True)
    assert "Read-only file system" in execution.output.read_text()


async def test_threads_and_limits_are_those_of_the_run(executor: DockerExecutor, make: Make) -> None:
    script = """
        import os, resource
        print(os.environ["OMP_NUM_THREADS"], resource.getrlimit(resource.RLIMIT_CORE)[1])
        quota = [p for p in ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu.max") if os.path.exists(p)]
        print(open(quota[0]).read().split()[0])
        print(open("/proc/self/oom_score_adj").read())
    """
    execution = make(script, threads=2)
    outcome = await executor.run(execution)
    assert outcome.returncode == 0, execution.output.read_text()
    assert execution.output.read_text().split() == ["2", "0", "200000", "500"]
