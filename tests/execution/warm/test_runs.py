"""Scripts forked from a zygote: what they compute, how they are limited, and how they end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from tests.execution.daemons import DAEMON, dead, until_written
from tests.execution.warm.running import laid_out, run_warm, warm_executor
from tui_aide.execution.executor import Usage
from tui_aide.execution.local import LocalExecutor

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = """
    import numpy as np
    from sklearn.datasets import make_classification
    x, y = make_classification(4000, 20, random_state=0)
"""
FITS = {
    "boosting": """
        from sklearn.ensemble import HistGradientBoostingClassifier
        print(HistGradientBoostingClassifier(max_iter=20).fit(x, y).score(x, y) > 0.9)
    """,
    "a forest of threads": """
        from sklearn.ensemble import RandomForestClassifier
        print(RandomForestClassifier(20, n_jobs=-1).fit(x, y).score(x, y) > 0.9)
    """,
    "neighbours and clusters": """
        from sklearn.cluster import KMeans
        from sklearn.neighbors import KNeighborsClassifier
        print(KNeighborsClassifier(n_jobs=-1).fit(x, y).score(x, y) > 0.8 and len(KMeans(3).fit(x).labels_) == 4000)
    """,
    "matrices": "big = np.random.rand(900, 900)\nprint(abs(np.linalg.inv(big) @ big - np.eye(900)).max() < 1e-3)",
    "processes of joblib": """
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_score
        print(cross_val_score(LogisticRegression(), x, y, cv=3, n_jobs=2).min() > 0.7)
    """,
    "boosting in forked processes": """
        import multiprocessing
        from sklearn.ensemble import HistGradientBoostingClassifier
        def fit(seed): return HistGradientBoostingClassifier(max_iter=5, random_state=seed).fit(x, y).score(x, y) > 0.8
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(all(pool.map(fit, range(3))))
    """,
    "lightgbm": "import lightgbm\nprint(lightgbm.LGBMClassifier(verbose=-1).fit(x, y).score(x, y) > 0.9)",
    "torch": """
        import torch
        net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
        optimizer = torch.optim.Adam(net.parameters())
        for _ in range(5):
            loss = torch.nn.functional.mse_loss(net(torch.tensor(x).float())[:, 0], torch.tensor(y).float())
            optimizer.zero_grad(); loss.backward(); optimizer.step()
        print(bool(loss > 0))
    """,
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def threaded() -> AsyncIterator[LocalExecutor]:
    """An executor whose zygote was loaded for two threads."""
    executor = await warm_executor(threads=2)
    yield executor
    await executor.aclose()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if "joblib" in name else name for name in FITS]
)
async def test_libraries_compute_with_threads_after_the_fork(
    threaded: LocalExecutor, name: str, tmp_path: Path
) -> None:
    if name in ("lightgbm", "torch"):
        pytest.importorskip(name)
    script = textwrap.dedent(DATA) + textwrap.dedent(FITS[name])
    outcome, output = await run_warm(threaded, laid_out(tmp_path, script, threads=2))
    assert outcome.returncode == 0, output
    assert output.startswith("True")


async def test_each_library_has_the_threads_of_the_run(
    threaded: LocalExecutor, shared: LocalExecutor, tmp_path: Path
) -> None:
    script = """
        import os, threadpoolctl, sklearn.ensemble
        found = threadpoolctl.threadpool_info()
        print(len(found) > 1, sorted({i["num_threads"] for i in found}), os.getenv("OPENBLAS_NUM_THREADS"))
        print(os.getenv("OMP_WAIT_POLICY"))
    """
    _, output = await run_warm(threaded, laid_out(tmp_path, script, threads=2))
    assert output == "True [2] 2\nPASSIVE\n"
    _, output = await run_warm(shared, laid_out(tmp_path, script))
    assert output == "True [1] 1\nPASSIVE\n"


async def test_random_numbers_differ_from_run_to_run(shared: LocalExecutor, tmp_path: Path) -> None:
    script = """
        import random, numpy as np, uuid, multiprocessing, tempfile
        print(random.random()); print(np.random.rand()); print(np.random.normal())
        print(np.random.default_rng().random()); print(uuid.uuid4())
        print(bytes(multiprocessing.current_process().authkey)); print(tempfile.mktemp())
    """
    outputs = [(await run_warm(shared, laid_out(tmp_path, script)))[1].splitlines() for _ in range(2)]
    assert len(outputs[0]) == 7
    assert not set(outputs[0]) & set(outputs[1])


async def test_seeds_give_the_numbers_that_they_give_elsewhere(shared: LocalExecutor, tmp_path: Path) -> None:
    script = "import random, numpy as np; random.seed(3); np.random.seed(3); print(random.random(), np.random.rand())"
    cold = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert (await run_warm(shared, laid_out(tmp_path, script)))[1] == cold


async def test_runs_at_once_do_not_disturb_each_other(shared: LocalExecutor, tmp_path: Path) -> None:
    async def one(number: int) -> tuple[int | None, str]:
        execution = laid_out(
            tmp_path / str(number), f"import time; time.sleep(0.3); print({number}); raise SystemExit({number})"
        )
        outcome = await shared.run(execution)
        return outcome.returncode, execution.output.read_text()

    began = time.monotonic()
    assert await asyncio.gather(*map(one, range(6))) == [(number, f"{number}\n") for number in range(6)]
    assert time.monotonic() - began < 1.7, "one after the other"


async def test_no_variable_of_the_runner_can_be_read(
    shared: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    executor = await warm_executor()
    script = """
        import os, pathlib
        pid = os.getpid()
        for _ in range(3):  # itself, its supervisor and the zygote
            print(pathlib.Path(f"/proc/{pid}/environ").read_bytes(), pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
            pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert "canary" not in str(dict(os.environ))
        print(os.environ["TUI_AIDE_RUN"])
    """
    outcome, output = await run_warm(executor, laid_out(tmp_path, script))
    await executor.aclose()
    assert outcome.returncode == 0, output
    assert "canary" not in output
    own, supervisor, _, run = output.splitlines()
    assert f"TUI_AIDE_RUN={run}\\x00" in own
    assert f"TUI_AIDE_RUN={run}\\x00" in supervisor


async def test_timeout_kills_a_script_that_ignores_signals(shared: LocalExecutor, tmp_path: Path) -> None:
    script = """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)
        print("ready")
        time.sleep(60)
    """
    began = time.monotonic()
    outcome, output = await run_warm(shared, laid_out(tmp_path, script, seconds=0.5))
    assert (outcome.reason, outcome.message, output) == ("timeout", "killed after 0.5 s", "ready\n")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("more", "reason", "code"),
    [
        ("", "exited", 0),
        ("    time.sleep(60)", "timeout", -9),
        ("    os.kill(os.getppid(), 9)\n    time.sleep(60)", "exited", None),
        ("    os.killpg(os.getpgid(os.getppid()), 9)\n    time.sleep(60)", "exited", None),
        ("    os.kill(os.getpid(), 19)", "timeout", -9),
    ],
    ids=["ends", "is timed out", "kills its supervisor", "kills its supervisor's group", "stops itself"],
)
async def test_a_daemon_dies_with_its_script(
    shared: LocalExecutor, tmp_path: Path, more: str, reason: str, code: int | None
) -> None:
    execution = laid_out(tmp_path, DAEMON + more, seconds=0.7)
    outcome, output = await run_warm(shared, execution)
    assert (outcome.reason, outcome.returncode) == (reason, code), output
    assert dead(int((execution.folder / "daemon.pid").read_text()))


async def test_cancelling_and_killing(shared: LocalExecutor, tmp_path: Path) -> None:
    for end in ("cancel", "kill"):
        execution = laid_out(tmp_path, DAEMON + f"    time.sleep({60 if end == 'kill' else 61})")
        task = asyncio.create_task(shared.run(execution))
        daemon = await until_written(execution.folder / "daemon.pid")
        assert not dead(daemon)
        if end == "cancel":
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            shared.kill(execution)
            assert (await task).reason == "killed"
        assert dead(daemon)


async def test_memory_that_was_there_before_is_not_the_scripts(shared: LocalExecutor, tmp_path: Path) -> None:
    script = """
        import gc, time
        held = b"x" * 30_000_000
        time.sleep(1.2)
    """
    told: list[Usage] = []
    outcome = await shared.run(laid_out(tmp_path, script, memory=110 * 2**20), told.append)
    assert (outcome.reason, outcome.returncode) == ("exited", 0), outcome
    assert 30_000_000 < outcome.peak_memory < 110 * 2**20
    assert max(usage.memory for usage in told) < 110 * 2**20


async def test_memory_of_all_processes_together_is_limited(shared: LocalExecutor, tmp_path: Path) -> None:
    script = """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                break
        held = b"x" * 60_000_000
        time.sleep(60)
    """
    outcome, _ = await run_warm(shared, laid_out(tmp_path, script, memory=150 * 2**20))
    assert outcome.reason == "out_of_memory"
    assert outcome.message.endswith("of 150 MB memory")


async def test_a_huge_array_is_refused_by_the_limit_on_data(shared: LocalExecutor, tmp_path: Path) -> None:
    script = "import numpy as np; np.zeros(10**6); print('small'); np.zeros(6 * 10**8)"
    outcome, output = await run_warm(shared, laid_out(tmp_path, script, memory=10**9))
    assert outcome.returncode == 1
    assert output.startswith("small\n")
    assert "MemoryError" in output


async def test_cpu_seconds_and_largest_are_reported(shared: LocalExecutor, tmp_path: Path) -> None:
    script = "import time\nheld = b'x' * 50_000_000\nwhile time.process_time() < 0.3: pass"
    outcome, _ = await run_warm(shared, laid_out(tmp_path, script))
    assert 0.25 < outcome.cpu_seconds < 2
    assert 50_000_000 < outcome.peak_memory < 120_000_000


async def test_kill_9_of_the_runner_leaves_nothing_behind(tmp_path: Path) -> None:
    execution = laid_out(tmp_path, DAEMON + "    time.sleep(60)")
    engine = tmp_path / "engine.py"
    engine.write_text(
        textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from tui_aide.execution.executor import Execution
        from tui_aide.execution.local import LocalExecutor
        async def main():
            executor = LocalExecutor(warm_threads=1)
            await executor.start()
            await executor.warm.ready()
            await executor.run(Execution(
                folder=Path({str(execution.folder)!r}), output=Path({str(execution.output)!r}), seconds=60))
        asyncio.run(main())
        """)
    )
    process = subprocess.Popen([sys.executable, str(engine)])
    try:
        daemon = await until_written(execution.folder / "daemon.pid")
        below = psutil.Process(process.pid).children(recursive=True)
        assert {p.pid for p in below} >= {daemon}
        # The launcher, the zygote and its keeper, the supervisor, the script and its daemon, whose parent may not have
        # ended yet.
        assert len(below) in (6, 7)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    async with asyncio.timeout(10):
        while not all(dead(p.pid) for p in below):
            await asyncio.sleep(0.02)


async def test_closing_ends_runs_as_cancelled_and_the_zygote(tmp_path: Path) -> None:
    executor = await warm_executor()
    execution = laid_out(tmp_path, DAEMON + "    time.sleep(60)")
    task = asyncio.create_task(executor.run(execution))
    daemon = await until_written(execution.folder / "daemon.pid")
    zygote = psutil.Process(daemon).parent()
    assert zygote is not None
    await executor.aclose()
    assert (await task).reason == "cancelled"
    assert dead(daemon)
    assert dead(zygote.pid)
    assert executor.warm is not None
    assert executor.warm.zygote is None
