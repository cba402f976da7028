"""Task `remarks`: what customers of a parcel service complain of, from one or two hasty sentences; five labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 2000
TEST_ROWS = 2000
LABELS = ("late", "damaged", "rude", "lost", "price")
SHARES = (0.3, 0.16, 0.09, 0.07, 0.14)
SAID = {
    "late": (
        "came two days late", "still waiting after a week", "arrived far too late", "took forever to get here",
        "was promised for monday and came on friday", "another delay again", "three weeks for a letter",
        "missed the birthday by days", "they were late once more", "slow as ever",
    ),
    "damaged": (
        "the box was crushed", "the vase arrived in pieces", "screen cracked on arrival", "everything was soaked",
        "a corner had been torn open", "the lid was broken off", "looked as if somebody had stood on it",
        "glass everywhere", "dented beyond use", "packaging ripped and the plates chipped",
    ),
    "rude": (
        "the driver swore at me", "he shouted from the van", "was told to fetch it myself in no kind words",
        "she threw the parcel over the fence and laughed", "very unfriendly man at the counter",
        "hung up on me twice", "called me a liar", "no manners whatsoever", "slammed the door in my face",
    ),
    "lost": (
        "nobody knows where it is", "never turned up", "signed for by a neighbour that does not exist",
        "tracking says delivered but there is nothing", "the parcel has vanished", "went missing in the depot",
        "sent to another town and never seen again", "they cannot find it",
    ),
    "price": (
        "cost more than the thing inside", "had to pay extra at the door", "the surcharge is a joke",
        "far too dear for what it is", "charged me twice", "they added a fee without asking",
        "twelve euros for a book", "prices went up again", "customs fee on top of it all",
    ),
}  # fmt: skip
DENIED = {
    "late": ("was not late at all", "arrived in time", "no delay this once", "even a day early"),
    "damaged": ("nothing was broken", "the box was not crushed", "glass and lid in one piece", "no dent on it"),
    "rude": ("the driver was friendly", "nobody shouted", "a kind man at the counter", "good manners"),
    "lost": ("nothing went missing", "they found it in the depot", "it turned up at the neighbour", "tracking worked"),
    "price": ("no extra fee", "the price was fair", "not too dear", "did not cost a fortune"),
}
FILLER = (
    "ordered a lamp", "sent a parcel to my aunt", "third time with them", "as always", "what can one say",
    "rang the hotline", "parcel from spain", "express delivery", "left with the neighbour", "birthday present",
    "used them for years", "picked it up at the shop", "two parcels this month", "it was raining", "from the market",
)  # fmt: skip
OTHERS = ("last year", "not that it", "unlike before when", "my sister always says", "with the other service")
"""What turns a complaint into none of this parcel."""
LINKS = (". ", ", ", " and ", " but ", "; ")


def generate(salt: str = "") -> Generated:
    """Return 2,000 training and 2,000 test remarks with five labels of 0 and 1 each.

    A remark tells some of what happened, denies some of what did not, and is typed in haste.
    """
    salted = Salt(5909, salt)
    rng = salted.rng
    rows = TRAIN_ROWS + TEST_ROWS
    temper = rng.normal(0.0, 1.0, size=rows)
    happened = np.zeros((rows, len(LABELS)), dtype=int)
    for place, share in enumerate(SHARES):
        logit = 0.9 * temper
        chance = 1 / (1 + np.exp(-(logit + np.log(share / (1 - share)))))
        happened[:, place] = rng.random(rows) < chance
    happened[:, 1] *= 1 - happened[:, 3]  # what never came cannot have come broken
    slips = salted.vary(0.35)
    said = {label: _some(phrases, salted) for label, phrases in SAID.items()}
    texts = [_remark(row, said, slips, rng) for row in happened]
    stars = np.clip(np.rint(4.6 - 1.2 * happened.sum(axis=1) + rng.normal(0.0, 0.9, size=rows)), 1, 5).astype(int)
    noted = np.where(rng.random(happened.shape) < 0.01, 1 - happened, happened)
    frame = pd.DataFrame({"remark": texts, "stars": stars})
    frame["channel"] = rng.choice(["web", "app", "card"], size=rows, p=[0.5, 0.35, 0.15])
    for place, label in enumerate(LABELS):
        frame[label] = noted[:, place]
    frame = with_ids(frame, "remark_id", rng)
    predictions = {label: round(share, 2) for label, share in zip(LABELS, SHARES, strict=True)}
    return divide(frame, id_column="remark_id", target=LABELS, train_rows=TRAIN_ROWS, predictions=dict(predictions))


def _some(phrases: tuple[str, ...], salted: Salt) -> tuple[str, ...]:
    """Return the phrases in use: all, or salted three in four."""
    if salted.plain:
        return phrases
    return tuple(phrases[at] for at in salted.places(tuple(range(3 * len(phrases) // 4)), len(phrases)))


def _remark(happened: np.ndarray, said: dict[str, tuple[str, ...]], slips: float, rng: np.random.Generator) -> str:
    parts: list[str] = []
    for label, is_so in zip(LABELS, happened, strict=True):
        dice = rng.random()
        if is_so and dice < 0.94:
            parts.append(_pick(said[label], rng))
        elif not is_so and dice < 0.14:
            parts.append(_pick(DENIED[label], rng))
        elif not is_so and dice < 0.32:
            parts.append(f"{_pick(OTHERS, rng)} {_pick(said[label], rng)}")
    parts += [FILLER[at] for at in rng.permutation(len(FILLER))[: int(rng.integers(0 if parts else 1, 3))]]
    order = rng.permutation(len(parts))
    text = parts[order[0]]
    for at in order[1:]:
        text += _pick(LINKS, rng) + parts[at]
    words = [_slipped(word, rng) if rng.random() < slips else word for word in text.split(" ")]
    return " ".join(words)


def _pick(phrases: tuple[str, ...], rng: np.random.Generator) -> str:
    return phrases[int(rng.integers(0, len(phrases)))]


def _slipped(word: str, rng: np.random.Generator) -> str:
    """Return a word with a letter dropped, doubled or swapped with the next."""
    if len(word) < 4:
        return word
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(0, 3))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
