"""The environment of a script: what it may know of the user's, thread caps and a home of its own."""

from __future__ import annotations

import os
import site
from collections.abc import Mapping
from pathlib import Path

MARKER = "TUI_AIDE_RUN"
"""Variable that every process of one run carries, so that a stray one can be told."""

_PASSED = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
)
_THREAD_CAPS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


HOOKS = Path(__file__).parent / "hooks"
"""Has a `sitecustomize` that tells, after a traceback, what shapes the names had."""


def script_environment(
    home: Path,
    temporary: Path,
    threads: int,
    run: str,
    base: Mapping[str, str] | None = None,
    *,
    python: Path | None = None,
    gpus: str | None = None,
    gpu_fraction: float | None = None,
) -> dict[str, str]:
    """Return the variables of a script; keys and tokens of the user's are not among them.

    Args:
        home: folder that the script sees as its home.
        temporary: folder for its temporary files.
        threads: CPU threads that numeric libraries may start.
        run: identity of the run, the value of `MARKER`.
        base: where allowed variables are taken from; by default this process's own.
        python: the script's interpreter, whose programs come first and whose environment is the active one; None leaves
            both to `base`.
        gpus: numbers of the GPUs that it may see, empty for none; None leaves it those of `base`.
        gpu_fraction: share of the GPUs' memory that it should keep to, 0..1.
    """
    base = os.environ if base is None else base
    passed = {name: value for name, value in base.items() if name in _PASSED or name.startswith("LC_")}
    if python is not None:
        passed = _activated(passed, python)
    return {
        "PATH": os.defpath,
        **passed,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **dict.fromkeys(_THREAD_CAPS, str(threads)),
        "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads sleep: spinning costs fourfold where slots share cores
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": str(HOOKS),
        "PYTHONUSERBASE": site.getuserbase(),  # else the new home would hide packages of `pip install --user`
        **_gpu_variables(gpus, gpu_fraction),
        MARKER: run,
    }


def _activated(passed: Mapping[str, str], python: Path) -> dict[str, str]:
    """Return the variables with the environment of a Python activated, and the one that was active no more so."""
    programs, prefix = python.parent, python.parent.parent
    left = {"VIRTUAL_ENV", "CONDA_PREFIX"}
    before = [os.path.join(passed[name], "bin") for name in left if name in passed]  # noqa: PTH118 - as PATH has it
    path = [p for p in passed.get("PATH", os.defpath).split(os.pathsep) if p and p not in (str(programs), *before)]
    activated = {name: value for name, value in passed.items() if name not in left}
    activated["PATH"] = os.pathsep.join([str(programs), *path])
    if (prefix / "pyvenv.cfg").is_file():
        activated["VIRTUAL_ENV"] = str(prefix)
    elif (prefix / "conda-meta").is_dir():
        activated["CONDA_PREFIX"] = str(prefix)
    return activated


def _gpu_variables(gpus: str | None, fraction: float | None) -> dict[str, str]:
    """Return what CUDA, ROCm and the libraries upon them read; PyTorch takes no cap from its environment."""
    if gpus is None:
        return {}
    seen = {"CUDA_VISIBLE_DEVICES": gpus, "HIP_VISIBLE_DEVICES": gpus}
    if not gpus:
        return seen
    growing = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    seen |= {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"} | growing  # the numbers are those that nvidia-smi gives
    if fraction is not None:
        seen |= {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{fraction:.3f}", "CUPY_GPU_MEMORY_LIMIT": f"{fraction:.1%}"}
    return seen
