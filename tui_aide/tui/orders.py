"""The orders in which the tree shows nodes."""

from __future__ import annotations

from typing import Literal, get_args

Order = Literal["created", "newest", "score", "flat"]
ORDERS: tuple[Order, ...] = get_args(Order)
ORDER_WORDS: dict[Order, str] = {
    "created": "in order of creation",
    "newest": "newest first",
    "score": "best branch first",
    "flat": "a flat list by score",
}
