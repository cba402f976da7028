"""The tabs of a node."""

from __future__ import annotations

from typing import Literal, get_args

Tab = Literal["plan", "reasoning", "code", "diff", "output", "score", "work", "prompt", "history"]
TABS: tuple[Tab, ...] = get_args(Tab)
