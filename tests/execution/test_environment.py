from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.pythons import environment as environment_of
from tui_aide.execution.environment import script_environment
from tui_aide.execution.executor import Execution
from tui_aide.execution.local import LocalExecutor


def environment(gpus: str | None = None, fraction: float | None = None) -> dict[str, str]:
    base = {"CUDA_VISIBLE_DEVICES": "3", "PATH": "/bin", "OPENAI_API_KEY": "secret"}
    return script_environment(Path("/h"), Path("/t"), 2, "run", base, gpus=gpus, gpu_fraction=fraction)


def test_scripts_see_the_gpus_that_we_see_where_nothing_else_is_said() -> None:
    assert environment()["CUDA_VISIBLE_DEVICES"] == "3"
    assert "HIP_VISIBLE_DEVICES" not in environment()


def test_scripts_that_have_none_see_none_whatever_we_see() -> None:
    found = environment("", 0.5)
    assert (found["CUDA_VISIBLE_DEVICES"], found["HIP_VISIBLE_DEVICES"]) == ("", "")
    assert not {name for name in found if name.startswith(("XLA", "TF_", "CUPY"))}


def test_scripts_that_have_some_see_those_by_the_numbers_that_nvidia_smi_gives() -> None:
    found = environment("0,2")
    assert found["CUDA_VISIBLE_DEVICES"] == "0,2"
    assert found["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert "XLA_PYTHON_CLIENT_MEM_FRACTION" not in found


def test_a_share_of_the_memory_caps_the_libraries_that_take_a_cap() -> None:
    found = environment("0", 0.3)
    assert found["XLA_PYTHON_CLIENT_MEM_FRACTION"] == "0.300"
    assert found["CUPY_GPU_MEMORY_LIMIT"] == "30.0%"


BASE = {"PATH": "/old/bin:/usr/bin:/new/bin", "VIRTUAL_ENV": "/old", "CONDA_PREFIX": "/opt/conda"}


def of_python(python: Path, base: dict[str, str] = BASE) -> dict[str, str]:
    return script_environment(Path("/h"), Path("/t"), 1, "run", base, python=python)


def test_programs_of_a_plain_python_come_first_and_no_environment_is_active() -> None:
    found = of_python(Path("/new/bin/python3"))
    assert found["PATH"] == "/new/bin:/usr/bin"
    assert not {"VIRTUAL_ENV", "CONDA_PREFIX"} & found.keys()
    assert of_python(Path("/new/bin/python3"), {})["PATH"] == f"/new/bin:{os.defpath}"


def test_a_virtual_environment_is_the_active_one(tmp_path: Path) -> None:
    found = of_python(environment_of(tmp_path / "env"))
    assert found["VIRTUAL_ENV"] == str(tmp_path / "env")
    assert found["PATH"].startswith(f"{tmp_path / 'env' / 'bin'}:")


def test_one_of_conda_is_the_active_one(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    found = of_python(tmp_path / "bin" / "python")
    assert found["CONDA_PREFIX"] == str(tmp_path)
    assert "VIRTUAL_ENV" not in found


@pytest.mark.parametrize("warm", [None, 1])
async def test_a_script_that_runs_another_runs_the_same_python(tmp_path: Path, warm: int | None) -> None:
    python = environment_of(tmp_path / "env", "onlythere 1.0")
    work = tmp_path / "work"
    work.mkdir()
    (work / "solution.py").write_text(
        "import os, subprocess, onlythere\n"
        "subprocess.run(['python', '-c', 'import onlythere, sys; print(sys.prefix)'], check=True)\n"
        "print(os.environ['VIRTUAL_ENV'])\n"
    )
    executor = LocalExecutor(python, warm_threads=warm)
    try:
        outcome = await executor.run(Execution(folder=work, output=tmp_path / "log", seconds=30))
    finally:
        await executor.aclose()
    assert outcome.returncode == 0
    assert (tmp_path / "log").read_text() == f"{tmp_path / 'env'}\n" * 2


@pytest.mark.parametrize("gpus", [None, "", "0"])
def test_no_key_gets_through_with_any_gpu(gpus: str | None) -> None:
    assert "OPENAI_API_KEY" not in environment(gpus, 0.3)
