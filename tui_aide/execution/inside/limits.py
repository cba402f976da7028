"""Resource limits that the kernel holds each process to."""

from __future__ import annotations

import resource
from collections.abc import Mapping


def apply(limits: Mapping[str, int]) -> None:
    """Lower limits for good; one that is lower already stays.

    Args:
        limits: by the names of `resource`, without `RLIMIT_` and in small letters: `core`, `nproc`, `fsize`, `data`,
            `nofile`; bytes or numbers.
    """
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name.upper()}")
        hard = resource.getrlimit(kind)[1]
        lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (lower, lower))
