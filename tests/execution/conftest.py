"""A local executor and scripts for it, unless a module has others."""

from __future__ import annotations

from tests.execution.local_runs import executor, make

__all__ = ["executor", "make"]
