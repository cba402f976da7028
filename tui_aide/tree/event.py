"""What all events have in common. Pure data."""

from __future__ import annotations

import re

import msgspec


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=_snake):
    """What every event has: `seq` counts from 1 without a gap, `time` is seconds since 1970."""

    seq: int = 0
    time: float = 0.0
