from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tui_aide.execution import gpu_processes
from tui_aide.execution.gpu_processes import GpuProcess, gpu_holders


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that a test writes, alone on the path but for the shell's."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path / "nvidia-smi"


def says(smi: Path, script: str) -> None:
    smi.write_text(f"#!/bin/sh\n{script}\n")
    smi.chmod(0o755)


async def test_processes_come_largest_first_with_their_bare_names(smi: Path) -> None:
    says(smi, "printf '812, VLLM::EngineCore, 61000\\n4711, /usr/bin/python3.11, 19168\\n5, C:, odd\\\\x, [N/A]\\n'")
    found = await gpu_processes.gpu_processes()
    assert found[:2] == (
        GpuProcess(812, "VLLM::EngineCore", 61000 * 2**20),
        GpuProcess(4711, "python3.11", 19168 * 2**20),
    )
    assert (found[2].pid, found[2].memory) == (5, 0)


async def test_holders_are_named_but_for_the_server_itself(smi: Path) -> None:
    says(smi, "printf '812, VLLM::EngineCore, 61000\\n4711, /usr/bin/python3.11, 19168\\n12, x, [N/A]\\n'")
    assert await gpu_holders() == (
        "python3.11 (process 4711) holds 20.1 GB of the GPU and x (process 12) holds memory of the GPU"
    )


@pytest.mark.parametrize("script", ["exit 9", "printf ''", "echo 'No devices were found'", "printf '\\377\\376'"])
async def test_an_nvidia_smi_that_tells_nothing_names_nobody(smi: Path, script: str) -> None:
    says(smi, script)
    assert await gpu_holders() == ""


async def test_without_nvidia_smi_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await gpu_holders() == ""


async def test_one_that_hangs_is_killed(smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_processes, "_PATIENCE", 0.2)
    says(smi, "exec sleep 60")
    async with asyncio.timeout(10):
        assert await gpu_holders() == ""
