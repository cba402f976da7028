"""How teams prepare texts that were typed in haste: slips put right by what is written often, and clauses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

OFTEN = 25
"""A word that is written so often is taken to be spelt right."""

ALIKE = 0.75
"""How alike (Ratcliff and Metzener, 1988) a rare word has to be to one that is written often."""

LEAST_LETTERS = 4
_WORDS = re.compile(r"[a-z]+")


def corrected(texts: Iterable[str], corpus: Iterable[str]) -> list[str]:
    """Return texts with each rare word as the often written one that it is most like, if there is such a one.

    Args:
        texts: lower-case texts.
        corpus: the texts in which words are counted.
    """
    counts = Counter(word for text in corpus for word in _WORDS.findall(text))
    often: dict[str, list[str]] = defaultdict(list)
    for word in sorted(counts):
        if counts[word] >= OFTEN:
            often[word[0]].append(word)
    found = {
        word: get_close_matches(word, often[word[0]], 1, ALIKE)
        for word, count in counts.items()
        if count < OFTEN and len(word) >= LEAST_LETTERS
    }
    return [_WORDS.sub(lambda match: (found.get(match[0]) or [match[0]])[0], text) for text in texts]


def clauses(text: str) -> list[str]:
    """Return the parts of a text between stops, commas, `and` and `but`."""
    return [part.strip() for part in re.split(r" ?[.,;] | and | but ", text)]
