"""What tests of servers share: the command of the fake one, and the processes that it leaves or does not leave."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from tui_aide.models.serving.command import ServeCommand
from tui_aide.models.serving.plan import ServePlan
from tui_aide.models.serving.ports import free_port

HERE = Path(__file__).parent
LOGS = HERE / "logs"
PROCESSES = 3
"""The server's, its engine's and the engine's worker's."""


def plan(checkpoint: str = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B") -> ServePlan:
    return ServePlan(
        served_name="deepseek-r1-7b",
        checkpoint=checkpoint,
        device="cuda",
        quantisation="bf16",
        kv_dtype="auto",
        context=32768,
        tensor_parallel=1,
        cards=(),
        memory_fraction=0.9,
        max_seqs=16,
        sleeps=False,
        kv_tokens=None,
        flags=(),
        environment={},
        smaller="--quantisation fp8",
        reasons=(),
    )


def fake_command(folder: Path, log: str = "start", **variables: str) -> ServeCommand:
    port = free_port()
    environment = {"FAKE_VLLM_LOG": str(LOGS / f"{log}.log"), "FAKE_VLLM_PIDS": str(folder / "pids"), **variables}
    words = (sys.executable, str(HERE / "fake_vllm.py"), "--port", str(port))
    return ServeCommand(words=words, environment=environment, port=port, plan=plan())


def pids(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "pids").read_text().split()]


def alive(processes: Iterable[int]) -> list[int]:
    def lives(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return [pid for pid in processes if lives(pid)]


def until_dead(processes: Iterable[int], seconds: float = 20.0) -> list[int]:
    """Wait until all are dead, and return those that are not in time."""
    processes, end = list(processes), time.monotonic() + seconds
    while (left := alive(processes)) and time.monotonic() < end:
        time.sleep(0.02)
    return left


async def until_started(folder: Path, number: int = PROCESSES) -> list[int]:
    async with asyncio.timeout(20):
        while not (folder / "pids").exists() or len(pids(folder)) < number:
            await asyncio.sleep(0.01)
    return pids(folder)
