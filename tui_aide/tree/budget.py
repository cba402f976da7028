"""What a search may spend. Pure data."""

from __future__ import annotations

import msgspec


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What a search may spend; None is no limit. Times in seconds."""

    nodes: int | None = None
    tokens: int | None = None
    execution_seconds: float | None = None
    wall_seconds: float | None = None
