"""The conductor, with real sessions, runners and a real HTTP server; the grader alone has tests of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.bench.quick import Grades, ends, make_run, write, write_slowly
from tests.vllm_double.options import Options
from tests.vllm_double.server import Double
from tui_aide.bench.conductor import Conductor
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.run_lock import RunLock, is_conducted
from tui_aide.bench.runner_process import look
from tui_aide.bench.telling import Remark, Told
from tui_aide.errors import SessionError
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.view import SessionView
from tui_aide.tree import events as ev

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TUI_AIDE_SESSIONS_DIR", str(tmp_path / "sessions"))


async def until_nodes(run: RunFolder, nodes: int) -> None:
    """Wait until the first cell's search has done so many nodes."""
    folder = run.session(run.cells[0])
    async with asyncio.timeout(90):
        while not folder.journal.exists() or look(folder).nodes < nodes:
            await asyncio.sleep(0.05)


async def test_a_cell_that_cannot_be_run_is_told_why_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told: list[Told] = []
    grades = Grades()
    async with Double(Options(write=write)) as server:
        run = make_run(tmp_path, server.url, more_tasks='[tasks.empty]\nfolder = "empty"\n')
        ended = await Conductor(run, told.append, grade=grades, pause=0.01).run()
    good, bad = run.cells
    assert (ended.done, ended.failed, ended.ungraded) == (1, 1, 0)
    assert "train.csv" in ends(told)[bad.id].why
    assert run.state(bad).status == "failed"
    assert run.state(good).grading == "graded"
    assert grades.asked == [good]
    assert (ends(told)[good.id].nodes, ends(told)[good.id].metric) == (2, "rmse")
    assert (run.session(good).best / "submission.csv").is_file()
    assert not is_conducted(run)


async def test_a_server_that_does_not_answer_is_tried_again_and_then_told(tmp_path: Path) -> None:
    told: list[Told] = []
    run = make_run(tmp_path, NOWHERE, "seeds = [0]\nretries = 1")
    ended = await Conductor(run, told.append, grade=Grades(), pause=0.01).run()
    (cell,) = run.cells
    assert ended.failed == 1
    assert run.state(cell).why == f"no model server answers at {NOWHERE}"
    assert run.state(cell).attempts == 2
    assert sum(isinstance(t, Remark) for t in told) == 1
    assert not run.session(cell).path.exists()


async def test_failed_cells_stay_so_until_a_retry_is_asked_for(tmp_path: Path) -> None:
    run = make_run(tmp_path, NOWHERE, "seeds = [0]\nretries = 0")
    for retry, attempts in ((False, 1), (False, 1), (True, 2)):
        await Conductor(run, lambda told: None, grade=Grades(), retry_failed=retry).run()
        assert run.state(run.cells[0]).attempts == attempts


async def test_a_model_that_cannot_be_served_fails_its_own_cells_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_AIDE_VLLM_PYTHON", str(tmp_path / "no-python"))
    suite = "seeds = [0]\nretries = 0\n[models.own]\nmodel = 'deepseek-r1-7b'\nserve = true"
    run = make_run(tmp_path, NOWHERE, suite)
    ended = await Conductor(run, lambda told: None, grade=Grades()).run()
    assert ended.failed == 2
    whys = {cell.model: run.state(cell).why for cell in run.cells}
    assert str(tmp_path / "no-python") in whys["own"]
    assert NOWHERE in whys["double"]


async def test_there_is_one_conductor_a_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, NOWHERE)
    lock = RunLock(run)
    assert is_conducted(run)
    with pytest.raises(SessionError, match="another tui-aide"):
        await Conductor(run, lambda told: None).run()
    lock.release()


async def test_a_state_that_cannot_be_written_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    told: list[Told] = []
    run = make_run(tmp_path, NOWHERE, "seeds = [0, 1]\nretries = 0")
    (run.path / "cells").rmdir()
    ended = await Conductor(run, told.append, grade=Grades()).run()
    assert ended.failed == 2
    assert any("cannot be written" in t.text for t in told if isinstance(t, Remark))


@pytest.mark.slow
async def test_a_stopped_run_goes_on_at_the_node_and_is_graded_once(tmp_path: Path) -> None:
    told: list[Told] = []
    grades = Grades()
    async with Double(Options(write=write_slowly, tokens_per_second=400)) as server:
        run = make_run(tmp_path, server.url, "seeds = [0, 1]\nparallel = 1", nodes=4)
        first, second = run.cells
        conductor = Conductor(run, told.append, grade=grades)
        work = asyncio.create_task(conductor.run())
        await until_nodes(run, 1)
        conductor.stop()
        ended = await work
        assert (ended.stopped, ended.waiting, ended.done) == (1, 1, 0)
        assert run.state(first).status == "stopped"
        assert not is_running(run.session(first))
        before = look(run.session(first)).nodes
        assert 1 <= before < 4
        ended = await Conductor(RunFolder(run.path), told.append, grade=grades).run()
    assert (ended.done, ended.ungraded) == (2, 0)
    assert [look(run.session(c)).nodes for c in (first, second)] == [4, 4]
    assert run.state(first).attempts == 2
    assert grades.asked == [first, second]
    view = SessionView(run.session(first))
    assert any(isinstance(event, ev.SessionResumed) for event in view.refresh())


@pytest.mark.slow
async def test_a_runner_that_is_killed_is_gone_on_with_and_leaves_no_process(tmp_path: Path) -> None:
    told: list[Told] = []
    async with Double(Options(write=write_slowly, tokens_per_second=400)) as server:
        run = make_run(tmp_path, server.url, nodes=3)
        (cell,) = run.cells
        work = asyncio.create_task(Conductor(run, told.append, grade=Grades(), pause=0.01).run())
        await until_nodes(run, 1)
        pid = json.loads(run.session(cell).runner_file.read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        ended = await work
    assert ended.done == 1
    assert run.state(cell).attempts == 2
    assert look(run.session(cell)).nodes == 3
    assert any("runner died" in t.text for t in told if isinstance(t, Remark))
    assert not Path(f"/proc/{pid}").exists()  # not even as a zombie


@pytest.mark.slow
async def test_a_killed_conductors_searches_go_on_and_are_taken_up(tmp_path: Path) -> None:
    async with Double(Options(write=write_slowly, tokens_per_second=400)) as server:
        run = make_run(tmp_path, server.url, nodes=3)
        work = asyncio.create_task(Conductor(run, lambda told: None, grade=Grades()).run())
        await until_nodes(run, 1)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert is_running(run.session(run.cells[0]))
        assert run.state(run.cells[0]).status == "running"
        ended = await Conductor(run, lambda told: None, grade=Grades()).run()
    assert ended.done == 1
    assert look(run.session(run.cells[0])).nodes == 3


@pytest.mark.slow
async def test_a_killed_run_ends_at_once_and_goes_on_at_the_node(tmp_path: Path) -> None:
    told: list[Told] = []
    async with Double(Options(write=write_slowly, tokens_per_second=150)) as server:
        run = make_run(tmp_path, server.url, nodes=3)
        conductor = Conductor(run, told.append, grade=Grades())
        work = asyncio.create_task(conductor.run())
        await until_nodes(run, 1)
        conductor.kill()
        async with asyncio.timeout(10):
            ended = await work
        assert (ended.stopped, ends(told)[run.cells[0].id].why) == (1, "the run was stopped")
        assert not any(isinstance(t, Remark) for t in told)
        ended = await Conductor(run, told.append, grade=Grades()).run()
    assert ended.done == 1
    assert look(run.session(run.cells[0])).nodes == 3


@pytest.mark.slow
async def test_others_get_the_tokens_that_the_reference_took(tmp_path: Path) -> None:
    suite = 'seeds = [0]\n[strategies.chain]\nstrategy = "best-of-n(n=2)"'
    async with Double(Options(write=write)) as server:
        run = make_run(tmp_path, server.url, suite)
        text = run.suite_file.read_text().replace("nodes = 2", 'nodes = 2\ntokens = "as:single"')
        run.suite_file.write_text(text)
        run = RunFolder(run.path)
        reference, other = run.cells
        assert reference.strategy == "single"
        ended = await Conductor(run, lambda told: None, grade=Grades()).run()
    assert ended.done == 2
    took = look(run.session(reference)).tokens
    budget = run.session(other).config().budget
    assert took > 0
    assert (budget.tokens, budget.nodes) == (took, None)
    assert run.state(other).tokens == took
    assert look(run.session(other)).tokens <= took * 1.1


async def test_what_waits_for_a_failed_reference_fails_with_it(tmp_path: Path) -> None:
    suite = 'seeds = [0]\nretries = 0\n[strategies.other]\nstrategy = "best-of-n"'
    run = make_run(tmp_path, NOWHERE, suite)
    text = run.suite_file.read_text().replace("nodes = 2", 'nodes = 2\ntokens = "as:single"')
    run.suite_file.write_text(text)
    run = RunFolder(run.path)
    ended = await Conductor(run, lambda told: None, grade=Grades()).run()
    assert ended.failed == 2
    assert run.state(run.cells[1]).why.endswith(f"{run.cells[0].id}, which failed")


@pytest.mark.slow
async def test_what_was_not_graded_is_graded_when_the_run_goes_on(tmp_path: Path) -> None:
    async with Double(Options(write=write)) as server:
        run = make_run(tmp_path, server.url)
        ended = await Conductor(run, lambda told: None, grade=Grades("no answers")).run()
        assert (ended.done, ended.ungraded) == (1, 1)
        assert run.state(run.cells[0]).grading_why == "no answers"
    grades = Grades()
    ended = await Conductor(run, lambda told: None, grade=grades).run()
    assert (ended.ungraded, grades.asked) == (0, list(run.cells))
    assert run.state(run.cells[0]).attempts == 1
