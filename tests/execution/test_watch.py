from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.execution.attacks.attacking import _as_user, _python, lacking
from tui_aide.execution import watch
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.watch import folder_size


def execution(folder: Path, script: str, **limits: Any) -> Execution:
    work = folder / "work"
    work.mkdir()
    (work / "solution.py").write_text(script)
    return Execution(folder=work, output=folder / "output.log", seconds=30, **limits)


def test_a_folder_is_summed_up_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"x" * 1_000_000)
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(10**12)
    (tmp_path / "out").symlink_to("/usr")
    os.mkfifo(tmp_path / "fifo")
    size, files = folder_size(tmp_path)
    assert 1_000_000 <= size < 1_100_000
    assert files == 6
    assert folder_size(tmp_path, most=2)[1] == 2
    assert folder_size(tmp_path / "none") == (0, 0)


async def test_a_script_that_fills_its_folder_is_killed_as_such(tmp_path: Path) -> None:
    script = """
import os, time
for n in range(200):
    with open(f"part-{n}", "wb") as file:
        file.write(b"x" * 1_000_000)
    time.sleep(0.02)
"""
    outcome = await LocalExecutor().run(execution(tmp_path, script, disk=20_000_000))
    assert outcome.reason == "disk_full"
    assert outcome.disk > 20_000_000
    assert outcome.message.startswith("killed: ")
    assert outcome.message.endswith("of 19 MB in its folder")


async def test_a_script_that_uses_up_inodes_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_FILES", 500)
    script = "import pathlib, time\nfor n in range(10**6):\n    pathlib.Path(str(n)).touch()\n    time.sleep(0.001)\n"
    outcome = await LocalExecutor().run(execution(tmp_path, script))
    assert (outcome.reason, outcome.message) == (
        "disk_full",
        "killed: more files in its folder than a disk should bear",
    )


async def test_the_user_can_kill_one_of_two(tmp_path: Path) -> None:
    executor = LocalExecutor()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = execution(tmp_path / "a", "import time; time.sleep(20)")
    other = execution(tmp_path / "b", "import time; time.sleep(1); print('done')")
    runs = [asyncio.create_task(executor.run(e)) for e in (one, other)]
    await asyncio.sleep(0.4)
    executor.kill(one)
    killed, ended = await asyncio.gather(*runs)
    assert (killed.reason, killed.message) == ("killed", "killed by you")
    assert ended.reason == "exited"
    executor.kill(one)


def test_folders_that_a_script_has_closed_are_summed_up_too(tmp_path: Path) -> None:
    lane = "ordinary" if os.getuid() == 0 else "own"
    if why := lacking("none", lane):
        pytest.skip(why)
    code = """
import os, sys, tempfile
from pathlib import Path
from tui_aide.execution.watch import folder_size
with tempfile.TemporaryDirectory() as made:
    folder, other = Path(made, "work"), Path(made, "other")
    (folder / "a").mkdir(parents=True)
    (folder / "b" / "c").mkdir(parents=True)
    other.mkdir()
    for place in (folder / "a", folder / "b" / "c", other):
        (place / "file").write_bytes(b"x" * 1_000_000)
    (folder / "link").symlink_to(other)
    (folder / "a").chmod(0o300)
    (folder / "b" / "c").chmod(0)
    (folder / "b").chmod(0o400)
    other.chmod(0)
    print(*folder_size(folder), oct(other.stat().st_mode & 0o777))
    other.chmod(0o700)
"""
    done = subprocess.run(
        [*_python(lane), "-c", code], capture_output=True, text=True, check=False, cwd="/", **_as_user(lane)
    )
    assert done.returncode == 0, done.stderr
    size, files, mode = done.stdout.split()
    assert 2_000_000 <= int(size) < 2_200_000
    assert (files, mode) == ("6", "0o0")


@pytest.mark.parametrize("way", ["open('x', 'wb'); os.unlink('x')", "tempfile.TemporaryFile()"])
async def test_files_without_a_name_count_while_they_are_open(way: str, tmp_path: Path) -> None:
    script = f"""
import os, tempfile, time
file = {way}
for n in range(100):
    file.write(b"x" * 1_000_000)
    file.flush()
    time.sleep(0.02)
"""
    outcome = await LocalExecutor().run(execution(tmp_path, script, disk=20_000_000))
    assert outcome.reason == "disk_full"
    assert outcome.disk > 20_000_000
