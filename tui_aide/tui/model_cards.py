"""The models that can be used now, as rows of the home screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from tui_aide.tui.documents import Span
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.plain_text import fit, one_line

Row = Sequence[Span]


class ModelCard(msgspec.Struct, frozen=True):
    """A model that can be used; the built-in proposer has no `base_url`."""

    model: str
    base_url: str | None = None
    what: str = ""


ListModels = Callable[[], Awaitable[Sequence[ModelCard]]]
"""Asks what can be used now. May take seconds, and may raise a `TuiAideError`."""


def model_rows(cards: Sequence[ModelCard] | None, problem: str, width: int, height: int) -> list[Row]:
    """Return the rows: the served models first, what to do where there is none.

    Args:
        cards: what can be used, None while that is being asked.
        problem: why it could not be asked, or "".
        width: cells.
        height: rows; models that do not fit are counted on the last one.
    """
    if problem:
        return [[(fit(one_line(problem), width), "warn")], [("tui-aide models", "strong"), ("   asks again", "muted")]]
    if cards is None:
        return [[("Asking the usual addresses for a model server ...", "muted")]]
    served = [c for c in cards if c.base_url is not None]
    if not served:
        return [
            [("No model server answers at the usual addresses.", "warn")],
            [("tui-aide serve MODEL", "strong"), ("   starts one here; --base-url uses one elsewhere", "muted")],
            [("tui-aide doctor", "strong"), ("        what this machine has for one, and what it lacks", "muted")],
        ]
    shown = served if len(served) <= height else served[: height - 1]
    longest = max(len(c.model) for c in shown)
    rows: list[Row] = [_row(c, longest, width) for c in shown]
    if len(shown) < len(served):
        rows.append([(f"  and {len(served) - len(shown)} more: tui-aide models", "muted")])
    return rows


def _row(card: ModelCard, longest: int, width: int) -> Row:
    at = one_line(card.base_url or "")
    name = fit(one_line(card.model), max(12, min(longest, width - len(at) - 5)))
    return [(f"{GLYPHS.valid} ", "good"), (name, "strong"), (f"   {at}", "muted")]
