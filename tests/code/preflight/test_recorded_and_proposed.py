"""Scripts that models and the built-in proposer wrote for other tasks give no finding either."""

from __future__ import annotations

import asyncio
import csv
import re
from pathlib import Path

import pytest

from tests.code.preflight.house import learnt, library
from tests.models.builtin.views import ask, proposal, request, script_of
from tui_aide.code.preflight import Surroundings, imported_modules, preflight
from tui_aide.tasks.bundled.catalogue import BUNDLED
from tui_aide.tasks.bundled.materialising import materialise
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.task import TaskView

SESSIONS = Path(__file__).parents[3] / "sessions"
BROKEN = SESSIONS / "steered" / "nodes"
"""Scripts of a coder that breaks them on purpose."""
RECORDED = [p for p in sorted(SESSIONS.glob("*/nodes/*/solution.py")) if BROKEN not in p.parents]
TASKS = 8
SEEDS = 20


def surroundings(view: TaskView, inputs: Path) -> Surroundings:
    """Return what a script of a prepared task finds around itself."""
    files: dict[str, tuple[str, ...]] = {}
    for name in view.files:
        path = inputs / name.removeprefix("input/")
        with path.open(encoding=view.encoding, newline="") as file:
            rows = csv.reader(file, delimiter=view.separator)
            files[name] = tuple(next(rows)) if path.suffix == ".csv" else ()
    return Surroundings(files, view.target)


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: "-".join(p.parts[-4:-1:2]))
def test_a_recorded_script_has_no_finding(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    columns = tuple(re.findall(r"[\"'](\w[\w ]*)[\"']", code))
    files = {f"input/{name}.csv": columns for name in ("train", "test", "sample_submission")}
    assert preflight(code, Surroundings(files, ""), learnt(code)) == []


@pytest.mark.parametrize(
    ("node", "kind"), [("0004", "name"), ("0005", "submission"), ("0009", "path"), ("0011", "submission")]
)
def test_what_is_wrong_with_a_recorded_script_is_found(node: str, kind: str) -> None:
    code = (BROKEN / node / "solution.py").read_text(encoding="utf-8")
    columns = tuple(re.findall(r"[\"'](\w[\w ]*)[\"']", code))
    files = {f"input/{name}.csv": columns for name in ("train", "test", "sample_submission")}
    (finding,) = preflight(code, Surroundings(files, ""), learnt(code))
    assert finding.kind == kind


def test_there_are_recorded_scripts_and_enough_tasks() -> None:
    assert len(RECORDED) > 20
    assert len(BUNDLED) >= TASKS
    assert TASKS * SEEDS >= 150


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_what_the_built_in_proposer_writes_has_no_finding(name: str, tmp_path: Path) -> None:
    prepared = prepare(load_task(materialise(name, tmp_path / "cache")), tmp_path / "session", 0)
    around = surroundings(prepared.view, prepared.inputs[0])
    assert around.files["input/train.csv"]

    async def draw() -> set[str]:
        asked = (request(proposal(prepared.view, number=seed % 6), seed) for seed in range(SEEDS))
        return {script_of((await ask(r))[1]) for r in asked}

    scripts = asyncio.run(draw())
    asyncio.run(library().learn({m for code in scripts for m in imported_modules(code)}))
    assert len(scripts) > (SEEDS // 4 if name == "readings" else SEEDS // 2), "texts to spell out have few ways"
    for code in scripts:
        assert preflight(code, around, library()) == []
