"""Turns at a GPU."""

from __future__ import annotations

from tests.engine.gpu_turns import turns

__all__ = ["turns"]
