"""No path from a script to the private labels: a script that looks everywhere finds nothing, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bench.quick import SCRIPT, make_run
from tests.vllm_double.options import Options
from tests.vllm_double.server import Double
from tui_aide.bench.cell import Cell
from tui_aide.bench.conductor import Conductor
from tui_aide.bench.grading_process import grade_apart
from tui_aide.bench.run_folder import RunFolder
from tui_aide.execution.sandboxes.choosing import choose
from tui_aide.execution.sandboxes.plain import NoSandbox

CANARY = "7777.125"
"""Each private label begins with it."""

LOOKING = """
import os, socket
found = []

def look(path):
    try:
        if not os.path.isfile(path) and not path.endswith(("environ", "cmdline")):
            return  # a pipe would be waited for
        with open(path, "rb") as f:
            data = f.read(1 << 20)
    except (OSError, ValueError):
        return
    if b"7777" + b".125" in data:
        found.append(path)

up = os.getcwd()
for _ in range(7):
    up = os.path.dirname(up)
    if up in ("/", "/tmp"):
        break
    for place, _, names in os.walk(up):
        for name in names:
            look(os.path.join(place, name))
for path in {paths!r}:
    look(path)
    look(os.path.relpath(path))
    try:
        os.symlink(path, "link")
        look("link")
        os.unlink("link")
    except OSError:
        pass
for process in filter(str.isdigit, os.listdir("/proc")) if os.path.isdir("/proc") else ():
    for name in ("environ", "cmdline"):
        look("/proc/" + process + "/" + name)
    for path in {paths!r}:
        look("/proc/" + process + "/root" + path)
        look("/proc/" + process + "/cwd/" + os.path.basename(path))
    try:
        numbers = os.listdir("/proc/" + process + "/fd")
    except OSError:
        numbers = ()
    for number in numbers if process != str(os.getpid()) else ():
        look("/proc/" + process + "/fd/" + number)
for key, value in os.environ.items():
    if "7777" + ".125" in value:
        found.append("environment " + key)
for port in {ports!r}:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        found.append("a connection to port " + str(port))
    except OSError:
        pass
print("LOOKED", found)
"""


def looking(paths: Sequence[str], ports: Sequence[int]) -> tuple[str, str]:
    """What a model says that would rather find the labels than predict them."""
    deeds = LOOKING.replace("{paths!r}", repr(paths)).replace("{ports!r}", repr(ports))
    return "Look around.\n", f"Fit a slope.\n\n```python\n{SCRIPT}\n{deeds}```\n"


def private_run(place: Path, url: str, sandbox: str) -> RunFolder:
    """A run whose task has answers outside of its folder."""
    place.mkdir(exist_ok=True)
    lines = [f"{i},{CANARY}{i}" for i in range(90, 120)]
    (place / "answers.csv").write_text("id,y\n" + "\n".join(lines) + "\n")
    run = make_run(place, url, f'seeds = [0]\nretries = 0\nsandbox = "{sandbox}"', nodes=1)
    text = run.suite_file.read_text().replace(
        "[tasks.slope]\n", f'[tasks.slope]\nanswers = "{place / "answers.csv"}"\n'
    )
    run.suite_file.write_text(text)
    return RunFolder(run.path)


def files_with_labels(folder: Path) -> list[str]:
    return [str(p) for p in folder.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]


@pytest.mark.slow
async def test_a_script_that_looks_everywhere_finds_no_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(choose("auto", None), NoSandbox):
        pytest.skip("no sandbox works here")
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    paths, ports = [str(tmp_path / "answers.csv")], [0]

    async with Double(Options(write=lambda messages, seed: looking(paths, ports))) as server:
        ports[0] = int(server.url.rpartition(":")[2].partition("/")[0])
        run = private_run(tmp_path, server.url, "auto")
        (cell,) = run.cells
        decoy = run.grade_file(Cell("another", "cell", "slope", 0))
        decoy.write_text(CANARY)  # as if a grade of another cell told a label
        paths.append(str(decoy))
        ended = await Conductor(run, lambda told: None, grade=grade_apart).run()
    assert ended.done == 1
    output = (run.session(cell).node(0) / "output.log").read_text()
    assert "LOOKED []" in output, output
    decoy.unlink()
    assert files_with_labels(run.path) == []


@pytest.mark.slow
async def test_without_a_sandbox_a_script_reads_what_its_user_may_but_the_run_holds_no_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))

    async with Double(Options(write=lambda messages, seed: looking([], []))) as server:
        run = private_run(tmp_path / "private", server.url, "none")
        ended = await Conductor(run, lambda told: None, grade=grade_apart).run()
    assert ended.done == 1
    (cell,) = run.cells
    answers = str(tmp_path / "private" / "answers.csv")
    output = (run.session(cell).node(0) / "output.log").read_text()
    assert f"LOOKED ['{answers}']" in output  # so a script that looks can find; and it finds nothing below the run
    assert files_with_labels(tmp_path / "private") == [answers]
    state = run.state(cell)
    if state.grading == "graded":
        assert json.loads(run.grade_file(cell).read_bytes())["handed_in"]["valid"] is True


async def test_a_cell_that_is_none_is_told_by_the_grading_process(tmp_path: Path) -> None:
    run = make_run(tmp_path, "http://127.0.0.1:9/v1")
    assert "has no cell 'x_y_z_s9'" in await grade_apart(run, Cell("x", "y", "z", 9))
