"""Scripts for free text: the most frequent text of a cell and its neighbours, and what is said of cells never seen."""

from __future__ import annotations

import random
import re
from importlib.resources import files
from typing import Literal

import msgspec

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.chat import Proposal

MARKER = "# lookup: "

Fallback = Literal["copy", "shape", "nearest"]


class Lookup(msgspec.Struct, frozen=True):
    """The choices of a script.

    Attributes:
        context: whether the cells before and after count, where rows are grouped.
        fallback: what stands for a cell that was never seen: a copy of it; a copy where cells of its shape stay as they
            are, else the text of the most similar one; or always the text of the most similar one.
        least: how often cells must have been seen together with their neighbours to count more than alone.
    """

    context: bool = False
    fallback: Fallback = "copy"
    least: int = 1


_ORDER = (
    Lookup(),
    Lookup(fallback="shape"),
    Lookup(context=True),
    Lookup(context=True, fallback="shape"),
    Lookup(fallback="nearest"),
    Lookup(context=True, fallback="shape", least=2),
    Lookup(context=True, fallback="nearest", least=3),
)


def choose_lookup(proposal: Proposal, seed: int) -> Lookup:
    """Return choices that were not tried yet: simple ones first, then at random."""
    tried = {found for a in (*proposal.parents, *proposal.memory) if (found := read_lookup(a.code)) is not None}
    fresh = [one for one in _ORDER if one not in tried]
    if fresh:
        return fresh[proposal.number % len(fresh)] if proposal.operator == "draft" else fresh[0]
    rng = random.Random(f"{seed}/{proposal.number}/lookup")
    return Lookup(True, rng.choice(("copy", "shape", "nearest")), rng.randrange(1, 6))


def read_lookup(code: str) -> Lookup | None:
    """Return the choices that a script was written from, None where it has none."""
    match = re.search(rf"^{re.escape(MARKER)}(.+)$", code, re.MULTILINE)
    try:
        return msgspec.json.decode(match[1], type=Lookup) if match else None
    except msgspec.DecodeError:
        return None


def write_lookup(choice: Lookup, facts: Facts) -> str:
    """Return a complete script.

    The column to look up is found by the script itself: the one whose cells tell the text best.
    """
    view = facts.view
    how, _, column = view.split.partition(":")
    keys = [c.name for c in view.columns if c.in_test and c.name != view.id and c.name != column]
    text = files(__package__).joinpath("fragments", "lookup.txt").read_text(encoding="utf-8")
    values = {
        "MARKER": MARKER + msgspec.json.encode(choice).decode(),
        "TARGET": repr(view.target),
        "ID": repr(view.id),
        "COLUMN": repr(view.prediction_columns[0]),
        "KEYS": repr(keys or [c.name for c in view.columns if c.in_test]),
        "GROUP": repr(column if how == "group" else ""),
        "ORDER": repr([c.name for c in view.columns if c.in_test and c.kind == "numeric" and c.name != column][:3]),
        "CONTEXT": repr(choice.context),
        "FALLBACK": repr(choice.fallback),
        "LEAST": repr(choice.least),
    }
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def explain(choice: Lookup, facts: Facts) -> tuple[str, str]:
    """Return the rationale and the plan."""
    view = facts.view
    unseen = {
        "copy": "a copy of the cell",
        "shape": "a copy where cells of its shape stay as they are, else the text of the most similar cell",
        "nearest": "the text of the most similar cell",
    }[choice.fallback]
    told = (
        "I am the built-in proposer: fixed rules over the data preview and earlier results, no language model.\n\n"
        f"The task asks for texts of {view.target!r}, scored by {view.metric}, from {view.train_rows:,} training rows. "
        "Texts repeat: what a cell became before it will mostly become again, so I look it up.\n"
    )
    with_what = "with its neighbours in the group first, then alone" if choice.context else "alone"
    plan = f"Looks up the most frequent text of a cell, {with_what}; for cells never seen it takes {unseen}."
    return told, plan
