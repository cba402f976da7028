"""Doubles of model servers for tests of sessions."""

from __future__ import annotations

from tests.vllm_double.fixtures import double

__all__ = ["double"]
