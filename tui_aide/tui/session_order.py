"""Filtering and ordering the home screen's sessions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tui_aide.tui.session_cards import Card

Order = Literal["age", "best", "name", "nodes", "state"]
ORDERS: tuple[Order, ...] = ("age", "best", "name", "nodes", "state")
_STATES = ("running", "paused", "interrupted", "failed", "stopped", "finished")


def arranged(cards: Iterable[Card], words: str, order: Order) -> list[Card]:
    """Return the sessions that have all the words somewhere, in an order; `best` compares within a task and metric."""
    wanted = words.casefold().split()
    kept = [c for c in cards if all(word in _text(c) for word in wanted)]
    match order:
        case "best":
            return sorted(kept, key=_by_best)
        case "name":
            return sorted(kept, key=lambda c: c.folder.id)
        case "nodes":
            return sorted(kept, key=lambda c: -(c.nodes or 0))
        case "state":
            return sorted(kept, key=lambda c: (_rank(c.state), -c.touched))
        case _:
            return sorted(kept, key=lambda c: -c.touched)


def _text(card: Card) -> str:
    return f"{card.folder.id} {card.task} {card.metric} {card.model} {card.state}".casefold()


def _rank(state: str) -> int:
    return _STATES.index(state) if state in _STATES else len(_STATES)


def _by_best(card: Card) -> tuple[bool, str, str, float]:
    sign = 1.0 if card.direction == "min" else -1.0
    return card.best is None, card.task, card.metric, sign * (card.best if card.best is not None else 0.0)
