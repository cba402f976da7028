"""Work folders by names that few expect."""

from __future__ import annotations

import os
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
