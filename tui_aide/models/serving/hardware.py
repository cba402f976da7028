"""The GPUs of this machine as nvidia-smi tells them, and what they do now."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping

import msgspec

from tui_aide.tree.commands import GpuUse

_MIB = 2**20
_STATIC = (
    "index,uuid,name,memory.total,memory.free,compute_cap,driver_version,utilization.gpu,temperature.gpu,"
    "mig.mode.current"
)
_LIVE = "index,name,memory.used,memory.total,utilization.gpu,temperature.gpu"
_TIMEOUT = 20.0
_LIVE_TIMEOUT = 5.0
_FORGET_AFTER = 60.0
"""Seconds after which a failing nvidia-smi is asked again for live figures."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU; memory in bytes, `capability` such as (8, 9), `busy` 0..1, None where the driver does not tell."""

    index: int
    uuid: str
    name: str
    memory_total: int
    memory_free: int
    capability: tuple[int, int] | None = None
    driver: str = ""
    busy: float | None = None
    celsius: float | None = None


class Hardware(msgspec.Struct, frozen=True):
    """The GPUs that a server may use, and where there is none (or one was left out) why, in words."""

    cards: tuple[Card, ...] = ()
    note: str = ""


def find_hardware(environment: Mapping[str, str] | None = None) -> Hardware:
    """Return the GPUs of this machine, those that CUDA_VISIBLE_DEVICES hides left out."""
    environment = os.environ if environment is None else environment
    tool = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if tool is None:
        return Hardware(note="no NVIDIA GPU was found here (there is no nvidia-smi)")
    command = [tool, f"--query-gpu={_STATIC}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Hardware(note=f"nvidia-smi cannot be run: {error}")
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())
        return Hardware(note=f"nvidia-smi fails, so the driver is missing or broken: {said[:200]}")
    cards, notes = [], []
    for line in done.stdout.splitlines():
        card, mig = _card(line)
        if card is None:
            continue
        if mig:
            notes.append(f"GPU {card.index} is left out: it is divided by MIG, which is not planned for")
        else:
            cards.append(card)
    return Hardware(_visible(cards, environment.get("CUDA_VISIBLE_DEVICES")), "; ".join(notes))


def _card(line: str) -> tuple[Card | None, bool]:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 10:
        return None, False
    index, uuid, name, total, free, capability, driver, busy, celsius, mig = fields
    total_mib, free_mib = _number(total), _number(free)
    if total_mib is None or not index.isdigit():
        return None, False  # a GPU that the driver lost
    share, degrees = _number(busy), _number(celsius)
    card = Card(
        index=int(index),
        uuid=uuid,
        name=name,
        memory_total=int(total_mib * _MIB),
        memory_free=int((total_mib if free_mib is None else free_mib) * _MIB),
        capability=_capability(capability),
        driver=driver,
        busy=None if share is None else share / 100,
        celsius=degrees,
    )
    return card, mig == "Enabled"


def _number(text: str) -> float | None:
    """Return the number; None for `[N/A]`, `[Not Supported]` and the like."""
    try:
        return float(text)
    except ValueError:
        return None


def _capability(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _visible(cards: list[Card], allowed: str | None) -> tuple[Card, ...]:
    if allowed is None:
        return tuple(cards)
    chosen = []
    for word in (w.strip() for w in allowed.split(",")):
        match = [c for c in cards if word == str(c.index) or (word.startswith("GPU-") and c.uuid.startswith(word))]
        if not match:
            break  # as CUDA does: what follows a wrong one is not seen
        chosen += match
    return tuple(chosen)


async def gpu_use() -> tuple[GpuUse, ...]:
    """Return what the GPUs of this machine do now; nothing where there are none or they do not answer in time."""
    tool = shutil.which("nvidia-smi")
    if tool is None or _failed.get(tool, 0.0) > time.monotonic():
        return ()
    try:
        process = await asyncio.create_subprocess_exec(
            tool,
            f"--query-gpu={_LIVE}",
            "--format=csv,noheader,nounits",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        _failed[tool] = time.monotonic() + _FORGET_AFTER
        return ()
    try:
        async with asyncio.timeout(_LIVE_TIMEOUT):
            out, _ = await process.communicate()
    except TimeoutError:
        out = b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        _failed[tool] = time.monotonic() + _FORGET_AFTER
        return ()
    return tuple(use for line in out.decode(errors="replace").splitlines() if (use := _use(line)))


_failed: dict[str, float] = {}
"""For each nvidia-smi that failed, until when it is not asked again."""


def _use(line: str) -> GpuUse | None:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 6 or not fields[0].isdigit():
        return None
    used, total, busy = _number(fields[2]), _number(fields[3]), _number(fields[4])
    if used is None or total is None:
        return None
    return GpuUse(
        index=int(fields[0]),
        name=fields[1],
        memory_used=int(used * _MIB),
        memory_total=int(total * _MIB),
        busy=None if busy is None else busy / 100,
        celsius=_number(fields[5]),
    )
