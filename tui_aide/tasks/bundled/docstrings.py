"""Task `docstrings`: the topic of a function of Python's standard library, from words of its docstring.

The words lie in data/docstrings.csv (CPython's documentation, PSF licence), so that every Python version sees the same.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide, with_ids
from tui_aide.tasks.bundled.salt import Salt

TRAIN_ROWS = 1800
KEPT = 0.8
"""Share of the words that a row keeps."""


def generate(salt: str = "") -> Generated:
    """Return 1,800 training rows and the others as test rows, each with a part of its words left out."""
    salted = Salt(5808, salt)
    rng = salted.rng
    with files(__package__).joinpath("data", "docstrings.csv").open(encoding="utf-8") as source:
        table = pd.read_csv(source, keep_default_na=False)
    kept = salted.vary(KEPT, 0.05)
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    frame = pd.DataFrame({"words": [_thin(words, kept, rng) for words in table["words"]], "topic": table["topic"]})
    frame.insert(0, "length", [len(words.split()) for words in frame["words"]])
    frame = with_ids(frame, "text_id", rng)
    topics = sorted(frame["topic"].unique())
    return divide(
        frame,
        id_column="text_id",
        target="topic",
        train_rows=TRAIN_ROWS,
        predictions=dict.fromkeys(topics, round(1 / len(topics), 4)),
    )


def _thin(words: str, share: float, rng: np.random.Generator) -> str:
    """Return `words` with about `share` of them, and with neighbours swapped here and there."""
    kept = words.split()
    dice = rng.random(len(kept))
    left = [word for word, draw in zip(kept, dice, strict=True) if draw < share] or kept
    for place in range(len(left) - 1):
        if rng.random() < 0.15:
            left[place], left[place + 1] = left[place + 1], left[place]
    return " ".join(left)
