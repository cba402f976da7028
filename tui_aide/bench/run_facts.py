"""Where and with what a run of a bench was made. Pure data."""

from __future__ import annotations

from typing import Final

import msgspec

RUN_FORMAT: Final = 1


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What run.json holds: where and with what the run was made; `created` in seconds since 1970."""

    format: int = RUN_FORMAT
    name: str
    created: float
    version: str
    python: str
    platform: str
    host: str
    cores: int
    memory: int
    packages: dict[str, str] = {}
