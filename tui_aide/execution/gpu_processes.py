"""Who holds memory of the GPUs, as nvidia-smi tells it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
from pathlib import PurePath

import msgspec

PROGRAM = "nvidia-smi"
_QUERY = ("--query-compute-apps=pid,process_name,used_memory", "--format=csv,noheader,nounits")
_PATIENCE = 5.0
_SERVER = "VLLM"


class GpuProcess(msgspec.Struct, frozen=True):
    """A process that holds memory of a GPU, in bytes; 0 where that is not told."""

    pid: int
    name: str
    memory: int


async def gpu_processes() -> tuple[GpuProcess, ...]:
    """Return the processes that hold memory of a GPU, the largest first; none where nvidia-smi tells none."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        process = await asyncio.create_subprocess_exec(
            program, *_QUERY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return ()
    try:
        async with asyncio.timeout(_PATIENCE):
            told, _ = await process.communicate()
    except TimeoutError:
        return ()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return _processes(told)


def ask_gpu_processes() -> tuple[GpuProcess, ...]:
    """Return the same; blocks until nvidia-smi has answered, for some seconds at most."""
    try:
        told = subprocess.run(
            [PROGRAM, *_QUERY], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _processes(told)


async def gpu_holders() -> str:
    """Return in words who but a vLLM server holds memory of the GPUs; an empty string for nobody that is known."""
    others = [p for p in await gpu_processes() if _SERVER not in p.name]
    return " and ".join(
        f"{p.name} (process {p.pid}) holds {f'{p.memory / 1e9:.1f} GB' if p.memory else 'memory'} of the GPU"
        for p in others[:3]
    )


def _processes(told: bytes) -> tuple[GpuProcess, ...]:
    found = [p for line in told.decode("utf-8", "replace").splitlines() if (p := _process(line)) is not None]
    return tuple(sorted(found, key=lambda p: -p.memory))


def _process(line: str) -> GpuProcess | None:
    """Return what a line tells: `4711, /usr/bin/python3, 19168`, in MiB; some drivers say `[N/A]`."""
    pid, _, rest = line.partition(",")
    name, _, memory = rest.rpartition(",")
    if not pid.strip().isdigit() or not name.strip():
        return None
    mebibytes = memory.strip()
    held = int(mebibytes) * 2**20 if mebibytes.isdigit() else 0
    return GpuProcess(int(pid), PurePath(name.strip().split()[0]).name, held)
