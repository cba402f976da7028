"""Doubles of model servers, and one that replays captured answers, for every test of models."""

from __future__ import annotations

from tests.models.replay import server
from tests.vllm_double.fixtures import double, doubles

__all__ = ["double", "doubles", "server"]
