"""Work folders by names that few expect."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
import pytest

from tests.execution.warm.running import laid_out, starter, warm_executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.sandboxes.choosing import choose, try_out

SCRIPT = """
import tempfile
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
print(open("input/train.csv").read())
open("submission.csv", "w").close()
"""
NAMES = (b"with space", b"two\nlines", b"no \xff UTF-8", b"l" * 120, b'"quoted" $HOME `x` \\\\', b"-dash:,")


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", ["bwrap", "namespaces", "landlock", "none"])
async def test_scripts_run_in_folders_of_any_name(mode: str, warm: bool, tmp_path: Path) -> None:
    if mode != "none" and not (trial := try_out(mode)).sandbox:
        pytest.skip(trial.why)
    executor = await warm_executor(choose(mode)) if warm else LocalExecutor(sandbox=choose(mode))
    for name in NAMES:
        place = tmp_path / os.fsdecode(name)
        execution = laid_out(place, SCRIPT)
        source = place / "the input"
        source.mkdir()
        (source / "train.csv").write_text("a,b")
        (execution.folder / "input").symlink_to("../the input")
        outcome = await executor.run(msgspec.structs.replace(execution, inputs=(source,)))
        assert (outcome.returncode, execution.output.read_text()) == (0, "a,b\n"), name
        assert sorted(path.name for path in execution.folder.iterdir()) == ["input", "solution.py", "submission.csv"]
    if warm:
        assert starter(executor).begun == len(NAMES)
    await executor.aclose()


LONG = """
import os, pathlib, socket, tempfile, time
place = tempfile.mkdtemp()
assert os.path.realpath(place).startswith(os.path.realpath(".tmp")), place
server, client = socket.socketpair()
if FAMILY:
    socket.socket(socket.AF_UNIX).bind(os.path.join(place, "a" * 40))
for number in range(100):
    pathlib.Path(place, str(number)).write_bytes(b"x" * 10**6)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", ["bwrap", "namespaces", "landlock", "none"])
async def test_temporary_files_count_however_long_the_path_of_the_folder(
    mode: str, warm: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode != "none" and not (trial := try_out(mode)).sandbox:
        pytest.skip(trial.why)
    executor = await warm_executor(choose(mode)) if warm else LocalExecutor(sandbox=choose(mode))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setenv("TMPDIR", short)
        script = LONG.replace("FAMILY", str(mode != "landlock"))
        execution = msgspec.structs.replace(laid_out(tmp_path / ("l" * 90), script), disk=10**7)
        outcome = await executor.run(execution)
        assert outcome.reason == "disk_full", execution.output.read_text()
        assert not any(path.name != "solution.py" for path in execution.folder.iterdir())
        assert not list(Path(short).iterdir())
    await executor.aclose()
