"""When scripts start warm and when cold, and what a zygote's death does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.execution.daemons import DAEMON, dead, until_written
from tests.execution.warm.running import laid_out, process, run_warm, starter, warm_executor
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.warm import modules, warm_script
from tui_aide.execution.warm.client import Zygote
from tui_aide.execution.warm.modules import Wanted, imported


@pytest.fixture
async def executor(few: None) -> AsyncIterator[LocalExecutor]:
    executor = await warm_executor()
    yield executor
    await executor.aclose()


async def replaced(executor: LocalExecutor, before: Zygote | None) -> None:
    async with asyncio.timeout(20):
        while starter(executor).zygote in (None, before):
            await asyncio.sleep(0.01)


async def test_scripts_start_cold_while_the_zygote_loads(tmp_path: Path) -> None:
    executor = LocalExecutor(warm_threads=1)
    began = time.monotonic()
    outcome = await executor.run(laid_out(tmp_path, "print('at once')"))
    assert (outcome.returncode, starter(executor).begun) == (0, 0)
    assert time.monotonic() - began < 1.5
    await executor.aclose()


@pytest.mark.parametrize(
    "script",
    [
        "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport numpy",
        "import os\nfor name in ('MKL_NUM_THREADS', 'OTHER'): os.environ.setdefault(name, '1')",
        "import os, sys\nif len(sys.argv) < 2:\n    os.execv(sys.executable, [sys.executable, 'solution.py', 'again'])",
        "import multiprocessing\nmultiprocessing.set_start_method('spawn')",
        "import sys\nprint(sys.flags)",
        "import sys\nsys.modules['numpy'] = None",
        "# -*- coding: latin-1 -*-\nprint('\u00e9')",
    ],
)
async def test_scripts_that_need_a_fresh_interpreter_get_one(
    executor: LocalExecutor, script: str, tmp_path: Path
) -> None:
    outcome = await executor.run(laid_out(tmp_path, script))
    assert (outcome.returncode, starter(executor).begun) == (0, 0)


async def test_a_folder_with_a_module_by_the_same_name_is_started_cold(executor: LocalExecutor, tmp_path: Path) -> None:
    execution = laid_out(tmp_path, "import numpy; print(numpy.mine)")
    (execution.folder / "numpy.py").write_text("mine = 'of the folder'")
    outcome = await executor.run(execution)
    assert (outcome.returncode, starter(executor).begun) == (0, 0)
    assert execution.output.read_text() == "of the folder\n"


async def test_kill_9_of_the_zygote_loses_its_runs_and_nothing_else(executor: LocalExecutor, tmp_path: Path) -> None:
    executions = [laid_out(tmp_path / str(n), f"{DAEMON}    time.sleep(60 + {n})") for n in range(2)]
    tasks = [asyncio.create_task(executor.run(execution)) for execution in executions]
    daemons = [await until_written(execution.folder / "daemon.pid") for execution in executions]
    before = starter(executor).zygote
    process(before).kill()
    outcomes = await asyncio.gather(*tasks)
    assert [(o.reason, o.returncode) for o in outcomes] == [("lost", None)] * 2
    assert all(map(dead, daemons))
    outcome = await executor.run(laid_out(tmp_path, "print('goes on')"))
    assert (outcome.reason, outcome.returncode) == ("exited", 0)
    await replaced(executor, before)
    outcome, output = await run_warm(executor, laid_out(tmp_path, "print('warm again')"))
    assert (outcome.returncode, output) == (0, "warm again\n")


async def test_a_script_that_kills_the_zygote_is_started_cold_from_then_on(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    script = """
        import os, pathlib, signal
        parent = os.getppid()
        grandparent = int(pathlib.Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
        if pathlib.Path(f"/proc/{grandparent}/cmdline").read_bytes().count(b"zygote.py"):
            os.kill(grandparent, signal.SIGKILL)
            signal.pause()
        print("harmless")
    """
    before = starter(executor).zygote
    outcome, _ = await run_warm(executor, laid_out(tmp_path, script))
    assert (outcome.reason, outcome.returncode) == ("lost", None)
    await replaced(executor, before)
    begun = starter(executor).begun
    execution = laid_out(tmp_path, script)
    outcome = await executor.run(execution)
    assert (outcome.reason, outcome.returncode, execution.output.read_text()) == ("exited", 0, "harmless\n")
    assert starter(executor).begun == begun


async def test_a_stuck_zygote_delays_a_script_but_never_runs_it_twice(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_script, "_START_SECONDS", 0.3)
    zygote = process(starter(executor).zygote)
    zygote.suspend()
    execution = laid_out(tmp_path, "open('runs', 'a').write('x')")
    outcome = await executor.run(execution)
    assert (outcome.returncode, starter(executor).begun) == (0, 0)
    zygote.resume()
    monkeypatch.setattr(warm_script, "_START_SECONDS", 10.0)
    await run_warm(executor, laid_out(tmp_path / "next", ""))
    assert (execution.folder / "runs").read_text() == "x"


async def test_zygotes_that_die_again_and_again_are_given_up(executor: LocalExecutor, tmp_path: Path) -> None:
    for _ in range(4):
        zygote = starter(executor).zygote
        assert await starter(executor).ready()
        zygote = starter(executor).zygote
        assert zygote is not None
        process(zygote).kill()
        await zygote.ended
        await asyncio.sleep(0)
    assert starter(executor).given_up
    assert not await starter(executor).ready()
    outcome = await executor.run(laid_out(tmp_path, "print('cold')"))
    assert (outcome.returncode, starter(executor).begun) == (0, 0)


async def test_an_interpreter_without_packages_starts_scripts_cold(tmp_path: Path) -> None:
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    executor = LocalExecutor(place / "bin" / "python", warm_threads=1)
    await executor.start()
    assert not await starter(executor).ready()
    assert "none of the packages" in starter(executor).given_up
    outcome = await executor.run(laid_out(tmp_path, "print('cold')"))
    assert outcome.returncode == 0
    await executor.aclose()


async def test_other_threads_start_cold_until_another_zygote_has_loaded_for_them(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    before = starter(executor).zygote
    outcome = await executor.run(laid_out(tmp_path, "import os; print(os.getenv('OMP_NUM_THREADS'))", threads=2))
    assert (outcome.returncode, starter(executor).begun) == (0, 0)
    await replaced(executor, before)
    outcome, output = await run_warm(
        executor, laid_out(tmp_path, "import os; print(os.getenv('OMP_NUM_THREADS'))", threads=2)
    )
    assert output == "2\n"


async def test_what_scripts_import_is_loaded_by_the_next_zygote_while_the_old_one_serves(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    before = starter(executor).zygote
    for number in range(2):
        await run_warm(executor, laid_out(tmp_path, f"if {number} > 9:\n    from sklearn.base import clone"))
    long = laid_out(tmp_path / "long", "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)")
    task = asyncio.create_task(executor.run(long))
    await asyncio.sleep(0.1)
    await replaced(executor, before)
    assert before is not None
    assert not before.closing, "a script still runs below it"
    zygote = starter(executor).zygote
    assert zygote is not None
    assert zygote.loaded is not None
    assert "sklearn.base" in zygote.loaded.loaded
    (long.folder / "go").touch()
    assert (await task).reason == "exited"
    await asyncio.wait_for(before.ended, 10)
    await run_warm(executor, laid_out(tmp_path, "import sklearn.base"))


def test_modules_that_start_threads_are_told(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()")
    code = (
        f"import os, sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from tui_aide.execution.warm.preloading import preload\n"
        "print(preload(['json', 'no_such_module', 'busy', 'csv']), flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert "'loaded': ['json', 'busy'], " in done.stdout
    assert "'threaded': 'busy'" in done.stdout
    assert "No module named 'no_such_module'" in done.stdout


def test_imports_are_counted_until_they_are_worth_it() -> None:
    code = "import torch.nn as nn, os\nfrom lightgbm import LGBMRegressor\ntry:\n    import xgboost\nfinally: ..."
    assert imported(code) == {"torch.nn", "lightgbm", "xgboost"}
    wanted = Wanted()
    wanted.note(code)
    assert wanted.lacking(modules.USUAL) == []
    wanted.note("import lightgbm; import torch")
    assert wanted.lacking(modules.USUAL) == ["lightgbm"]
    wanted.refused.add("lightgbm")
    assert wanted.lacking(modules.USUAL) == []


async def test_no_process_is_left_when_all_is_closed(few: None, tmp_path: Path) -> None:
    executor = await warm_executor()
    found = process(starter(executor).zygote)
    os.kill(found.pid, signal.SIGSTOP)
    await executor.aclose()
    assert dead(found.pid)


async def test_zygote_that_another_replaces_while_a_script_starts_stays_until_that_has_ended(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    execution = laid_out(tmp_path, "import time; time.sleep(0.3); print('whole')")
    warm = starter(executor)
    before = warm.zygote
    run = asyncio.create_task(executor.run(execution))
    async with asyncio.timeout(10):
        while not warm._starting:
            await asyncio.sleep(0)
    warm.zygote = None
    warm._retire(before)
    outcome = await run
    assert (outcome.reason, outcome.returncode, execution.output.read_text()) == ("exited", 0, "whole\n")
    async with asyncio.timeout(10):
        assert before is not None
        await asyncio.wait({before.ended})


async def test_zygotes_that_are_killed_again_and_again_are_given_up_in_words(executor: LocalExecutor) -> None:
    warm = starter(executor)
    async with asyncio.timeout(30):
        while not warm.given_up:
            if (zygote := warm.zygote) is not None:
                process(zygote).kill()
                await asyncio.wait({zygote.ended})
            await asyncio.sleep(0.01)
    assert warm.given_up == "the process that scripts are forked from was killed"
