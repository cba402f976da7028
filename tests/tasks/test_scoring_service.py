from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.tasks.folders import prepared, simple_folder, submit
from tui_aide.errors import SessionError, TaskError
from tui_aide.tasks.scoring import Scorer
from tui_aide.tasks.scoring_service import InvalidSubmission, ScoringService, prepare_in_process


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


async def test_a_metric_that_kills_the_process_twice_is_an_error(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml='metric = "m.py:f"\ndirection = "max"\nfolds = 1')
    (folder / "m.py").write_text(
        "import os, sys\ndef f(y_true, y_pred):\n    print('bye', file=sys.stderr, flush=True)\n    os._exit(7)\n"
    )
    _, result = prepared(folder, tmp_path / "session")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(SessionError, match=r"died twice \(with exit code 7\): bye"):
            await service.score(tmp_path / "node", submit(result, tmp_path / "out"))


async def test_a_failing_metric_does_not_end_the_worker(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml='metric = "m.py:f"\ndirection = "max"\nfolds = 1')
    (folder / "m.py").write_text("def f(y_true, y_pred):\n    print('loud')\n    raise SystemExit\n")
    _, result = prepared(folder, tmp_path / "session")
    paths = submit(result, tmp_path / "out")
    async with ScoringService(tmp_path / "session") as service:
        with pytest.raises(TaskError, match="SystemExit"):
            await service.score(tmp_path / "node", paths)
        first = pid(service)
        with pytest.raises(TaskError, match="SystemExit"):
            await service.score(tmp_path / "node", paths)
        assert pid(service) == first


async def test_a_metric_that_never_ends_is_ended(tmp_path: Path) -> None:
    folder = simple_folder(tmp_path / "task", toml='metric = "m.py:f"\ndirection = "max"\nfolds = 1')
    (folder / "m.py").write_text("import time\ndef f(y_true, y_pred):\n    time.sleep(60)\n")
    _, result = prepared(folder, tmp_path / "session")
    async with ScoringService(tmp_path / "session", limit_seconds=1.0) as service:
        with pytest.raises(SessionError, match="took more than 1 s"):
            await service.score(tmp_path / "node", submit(result, tmp_path / "out"))


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


async def test_preparing_in_a_process(tmp_path: Path) -> None:
    result = await prepare_in_process(simple_folder(tmp_path / "task"), tmp_path / "session", 0)
    assert result.view.train_rows == 48
    with pytest.raises(TaskError, match="there is no such folder"):
        await prepare_in_process(tmp_path / "nowhere", tmp_path / "other", 0)
