from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.tasks.folders import prepared, simple_folder, submit
from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks import loading
from tui_aide.tasks.invalid_submission import InvalidSubmission, ScoringFailed
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.scoring_messages import PrepareRequest
from tui_aide.tasks.scoring_service import ScoringService, prepare_apart
from tui_aide.tasks.scoring_worker import Worker
from tui_aide.tasks.task import Prepared


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended, be it that nobody has asked for its exit code yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def pid(service: ScoringService) -> int:
    assert service._process is not None
    return service._process.pid


async def test_it_scores_and_selects_as_the_scorer_does(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        report = await service.score(tmp_path / "node", paths)
        selected = await service.select([tmp_path / "node"])
    scorer = Scorer(tmp_path / "session")
    own = scorer.score(tmp_path / "other", paths)
    assert (report.value, report.replicates) == (own.value, own.replicates)
    assert selected == scorer.select([tmp_path / "other"])


async def test_errors_keep_their_type(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task", toml="folds = 1"), tmp_path / "session")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(InvalidSubmission, match="there is no submission"):
            await service.score(tmp_path / "node", [tmp_path / "none.csv"])
        with pytest.raises(SessionError, match="cannot be read"):
            await service.select([tmp_path / "none"])


async def test_start_returns_before_the_worker_is_ready(tmp_path: Path) -> None:
    prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    service = ScoringService(tmp_path / "session")
    start = time.perf_counter()
    await service.start()
    started = time.perf_counter()
    with pytest.raises(InvalidSubmission):
        await service.score(tmp_path / "node", [tmp_path / "none.csv"] * 5)
    ready = time.perf_counter()
    await service.aclose()
    assert started - start < (ready - start) / 2


async def test_a_dead_worker_is_restarted(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        first = await service.score(tmp_path / "node", paths)
        os.kill(pid(service), signal.SIGKILL)
        assert (await service.score(tmp_path / "node", paths)).value == first.value


def with_metric(tmp_path: Path, body: str) -> Prepared:
    """A prepared session with the user's metric `body`, which went well when the task was loaded."""
    folder = simple_folder(tmp_path / "task", toml='metric = "m.py:f"\ndirection = "max"\nfolds = 1')
    (folder / "m.py").write_text("def f(y_true, y_pred):\n    return 0.5\n")
    _, result = prepared(folder, tmp_path / "session")
    (result.private / "m.py").write_text(f"import os, sys, time\ndef f(y_true, y_pred):\n    {body}\n")
    return result


async def test_a_metric_that_kills_the_process_twice_fails_the_node(tmp_path: Path) -> None:
    result = with_metric(tmp_path, "print('bye', file=sys.stderr, flush=True); os._exit(7)")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(ScoringFailed, match=r"died twice \(with exit code 7\): bye"):
            await service.score(tmp_path / "node", submit(result, tmp_path / "out"))


async def test_a_failing_metric_does_not_end_the_worker(tmp_path: Path) -> None:
    result = with_metric(tmp_path, "print('loud'); raise SystemExit")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(ScoringFailed, match="SystemExit"):
            await service.score(tmp_path / "node", paths)
        first = pid(service)
        with pytest.raises(ScoringFailed, match="SystemExit"):
            await service.score(tmp_path / "node", paths)
        assert pid(service) == first


async def test_a_metric_that_never_ends_is_ended(tmp_path: Path) -> None:
    result = with_metric(tmp_path, "time.sleep(60)")
    async with ScoringService(tmp_path / "session", limit_seconds=1.0) as service:
        with pytest.raises(ScoringFailed, match="took more than 1 s"):
            await service.score(tmp_path / "node", submit(result, tmp_path / "out"))


async def test_an_unexpected_error_is_one_line_and_does_not_end_the_worker(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(ScoringFailed, match=r"Scoring failed: ValueError: 5 submissions are expected") as caught:
            await service.score(tmp_path / "node", paths[:2])
        first = pid(service)
        assert "\n" not in str(caught.value)
        await service.score(tmp_path / "node", paths)
        assert pid(service) == first


async def test_an_unexpected_error_in_preparing_is_no_nodes_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("no\nsuch")

    monkeypatch.setattr(loading, "load_task", fail)
    response = Worker(tmp_path / "session").answer(PrepareRequest(1, str(tmp_path), 0))
    assert response.failure is not None
    assert response.failure.type == "SessionError"
    assert "KeyError" in response.failure.message


_RUNNER = """
import asyncio, sys
from pathlib import Path
from tui_aide.tasks.scoring_service import ScoringService

async def main(session, node, submission):
    async with ScoringService(Path(session)) as service:
        await service.score(Path(node), [Path(submission)])

asyncio.run(main(*sys.argv[1:]))
"""


def test_the_worker_does_not_outlive_a_killed_runner(tmp_path: Path) -> None:
    started = tmp_path / "started"
    result = with_metric(tmp_path, f"open({str(started)!r}, 'w').write(f'{{os.getpid()}}\\n'); time.sleep(60)")
    arguments = [str(tmp_path / "session"), str(tmp_path / "node"), str(submit(result, tmp_path / "out")[0])]
    with subprocess.Popen([sys.executable, "-c", _RUNNER, *arguments]) as runner:
        try:
            wait_for(lambda: started.is_file() and started.read_text().endswith("\n"), 30)
            worker = psutil.Process(int(started.read_text()))
            assert worker.ppid() == runner.pid
        finally:
            runner.kill()
    wait_for(lambda: gone(worker), 2)


async def test_a_cancelled_request_does_not_answer_the_next(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        task = asyncio.create_task(service.score(tmp_path / "node", paths))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(InvalidSubmission, match="there is no submission"):
            await service.score(tmp_path / "node", [tmp_path / "none.csv"] * 5)


async def test_requests_at_once_are_answered_each(tmp_path: Path) -> None:
    _, result = prepared(simple_folder(tmp_path / "task"), tmp_path / "session")
    submissions = [submit(result, tmp_path / f"out{seed}", seed) for seed in range(4)]
    async with ScoringService(tmp_path / "session") as service:
        reports = await asyncio.gather(
            *(service.score(tmp_path / f"node{n}", paths) for n, paths in enumerate(submissions))
        )
    scorer = Scorer(tmp_path / "session")
    own = [scorer.score(tmp_path / "node", paths).value for paths in submissions]
    assert [report.value for report in reports] == own


async def test_preparing_apart(tmp_path: Path) -> None:
    result = await prepare_apart(simple_folder(tmp_path / "task"), tmp_path / "session", 0)
    assert result.view.train_rows == 48
    with pytest.raises(TaskError, match="there is no such folder"):
        await prepare_apart(tmp_path / "nowhere", tmp_path / "other", 0)
