"""From a user's word for a model to a server that can be started, for `tui-aide serve` and for a run that needs one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from tui_aide.errors import UsageError
from tui_aide.models.serving.command import ServeCommand, serve_command
from tui_aide.models.serving.hardware import Hardware, find_hardware
from tui_aide.models.serving.installation import Installation, find_installation, require_installation, vllm_python
from tui_aide.models.serving.managed import ManagedServer, OnChange
from tui_aide.models.serving.plan import GpuMode, ServePlan, Wishes
from tui_aide.models.serving.planning import plan_serving
from tui_aide.models.serving.ports import free_port
from tui_aide.models.serving.shapes import find_source

__all__ = ["ManagedServer", "OnChange", "Prepared", "check_servable", "managed", "prepare", "serve_model"]


class Prepared(msgspec.Struct, frozen=True):
    """A plan, with what it was made for."""

    plan: ServePlan
    hardware: Hardware
    installation: Installation | None


def prepare(name: str, wishes: Wishes, *, python: str | None = None, must_run: bool = True) -> Prepared:
    """Return how a model would be served here.

    Args:
        name: a preset, a name of the Hugging Face hub, or a model's folder.
        wishes: what the user asked for.
        python: interpreter that has vLLM; by default the environment's TUI_AIDE_VLLM_PYTHON, else our own.
        must_run: whether vLLM and a device for it have to be here; without, the plan is good for printing only.

    Raises:
        UsageError: the model is not known or does not fit, or vLLM or a GPU is missing.
    """
    source = find_source(name)
    interpreter = vllm_python(python)
    hardware = find_hardware()
    installation = find_installation(interpreter)
    if must_run and installation is None and not hardware.cards:
        raise UsageError(  # before vLLM, several GB, is fetched in vain
            f"{name}: {hardware.note or 'CUDA_VISIBLE_DEVICES hides every GPU'}, and vLLM is not installed for "
            f"{interpreter}: name a server elsewhere with --base-url, or a Python with vLLM for CPUs with "
            "--vllm-python; --model builtin needs neither"
        )
    if must_run and installation is None:
        installation = require_installation(interpreter)
    if must_run and installation is not None and not installation.for_cpu and not hardware.cards:
        raise UsageError(
            f"{name}: {hardware.note or 'CUDA_VISIBLE_DEVICES hides every GPU'}, and the vLLM of {interpreter} needs "
            "one; name a server with --base-url, or a Python with vLLM for CPUs with --vllm-python"
        )
    return Prepared(plan_serving(source, hardware, wishes, installation), hardware, installation)


def check_servable(name: str, *, gpu: GpuMode = "separate") -> str:
    """Return in words what would be started for a model, without starting it.

    Raises:
        UsageError: nothing can be; the message says why and what to do.
    """
    return prepare(name, Wishes(gpu=gpu)).plan.summary()


async def serve_model(
    name: str, *, gpu: GpuMode, log: Path, on_change: OnChange, samples: int | None = None
) -> ManagedServer:
    """Return a server for a model, planned for this machine and not started yet, on a free port.

    Args:
        name: a preset, a name of the Hugging Face hub, or a model's folder.
        gpu: how thinking and training go about one GPU.
        log: file for what the server says.
        on_change: is told its states; see `ManagedServer`.
        samples: answers that will be asked for at once.

    Raises:
        UsageError: see `check_servable`.
    """
    found = await asyncio.to_thread(prepare, name, Wishes(gpu=gpu, samples=samples))
    return managed(serve_command(found.plan, found.installation, free_port()), log, on_change)


def managed(command: ServeCommand, log: Path, on_change: OnChange) -> ManagedServer:
    """Return the server of a command, not started yet."""
    return ManagedServer(
        command, base_url=command.base_url, model=command.plan.served_name, log=log, on_change=on_change
    )
