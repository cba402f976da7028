"""Doubles of model servers for every test of models."""

from __future__ import annotations

from tests.vllm_double.fixtures import double, doubles

__all__ = ["double", "doubles"]
