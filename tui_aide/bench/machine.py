"""What a run was made on: for run.json, and for whoever reads its report."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Final

from tui_aide.bench.run_facts import RunFacts

_PACKAGES: Final = ("numpy", "pandas", "scikit-learn", "msgspec", "vllm", "torch")
"""Those whose versions may change scores."""


def describe_machine(name: str, created: float, version: str) -> RunFacts:
    """Return the facts of a run that is made now, here."""
    import psutil

    return RunFacts(
        name=name,
        created=created,
        version=version,
        python=platform.python_version(),
        platform=platform.platform(),
        host=platform.node(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory=psutil.virtual_memory().total,
        packages={p: v for p in _PACKAGES if (v := _version(p))},
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
