"""Readings of tokens as a practitioner writes them after a look at train.csv: the references of the task `readings`."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_RANKS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_UNITS = {
    "km": "kilometres", "kg": "kilograms", "cm": "centimetres", "mm": "millimetres", "g": "grams", "l": "litres",
    "m": "metres", "ml": "millilitres", "h": "hours", "min": "minutes", "%": "per cent", "°C": "degrees",
}  # fmt: skip
_SIGNS = {"£": "pound", "€": "euro", "$": "dollar"}


def looked_up(x: Any, y: Any, z: Any, rule: Callable[[str], str], *, neighbours: bool = False) -> np.ndarray:
    """Return each token's most frequent reading in the training rows; of tokens that are new there, what a rule says.

    Args:
        x, z: the rows to learn from and to read, with columns `before` and, in order, `sentence`.
        y: the readings of `x`.
        rule: reads a token that was never seen.
        neighbours: whether a token with several readings goes by the word after it, or by there being none.
    """
    counts: dict[Any, Counter[str]] = defaultdict(Counter)
    for key, after in zip(_keys(x, neighbours), y, strict=True):
        counts[key][after] += 1
        counts[key[:1]][after] += 1
    read = []
    for key in _keys(z, neighbours):
        known = counts.get(key) if neighbours else None
        known = known or counts.get(key[:1])
        told = known.most_common(2) if known else []
        sure = bool(told) and (len(told) == 1 or not neighbours or key in counts)
        read.append(told[0][0] if sure or (told and not neighbours) else rule(key[0]))
    return np.array(read, dtype=object)


def _keys(frame: Any, neighbours: bool) -> list[tuple[str, str]]:
    tokens, sentences = frame["before"].tolist(), frame["sentence"].tolist()
    if not neighbours:
        return [(token, "") for token in tokens]
    kinds = ["word" if token[:1].isalpha() else "end" if token == "." else "other" for token in tokens]
    before = ["", *tokens[:-1]]
    following = [*kinds[1:], "end"]
    same = [False, *(a == b for a, b in itertools.pairwise(sentences))]
    return [
        (token, f"{previous if inside and token.isdecimal() else ''}|{after}")
        for token, previous, after, inside in zip(tokens, before, following, same, strict=True)
    ]


def spoken_number(text: str) -> str:
    """Return a whole number in words."""
    number = int(text)
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_SMALL[number % 10]}" if number % 10 else "")
    if number >= 1000:
        head, rest = divmod(number, 1000)
        link = " and " if 0 < rest < 100 else " "
        return f"{spoken_number(str(head))} thousand" + (link + spoken_number(str(rest)) if rest else "")
    return f"{_SMALL[number // 100]} hundred" + (f" and {spoken_number(str(number % 100))}" if number % 100 else "")


def _digits(text: str) -> str:
    return " ".join("oh" if digit == "0" else _SMALL[int(digit)] for digit in text if digit.isdecimal())


def _decimal(text: str) -> str:
    whole, _, rest = text.replace(",", "").partition(".")
    return spoken_number(whole) + (f" point {_digits(rest)}" if rest else "")


def _rank(text: str) -> str:
    head, _, last = spoken_number(text).rpartition(" ")
    ending = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return f"{head} {_RANKS.get(last, 'twelfth' if last == 'twelve' else ending)}".strip()


def _year(text: str) -> str:
    if text.startswith("200"):
        return spoken_number(text)
    head, rest = spoken_number(text[:2]), int(text[2:])
    return f"{head} hundred" if not rest else f"{head} {'oh ' if rest < 10 else ''}{spoken_number(str(rest))}"


def _date(day: str, month: str, year: str) -> str:
    return f"the {_rank(day)} of {month}" + (f" {_year(year)}" if year else "")


def _clock(hour: str, minute: str) -> str:
    name, past = spoken_number(hour), int(minute)
    if not past:
        return f"{name} o'clock" if int(hour) < 13 else f"{name} hundred"
    if int(hour) < 12 and past in (15, 30, 45):
        return (
            f"quarter to {_SMALL[int(hour) + 1]}"
            if past == 45
            else f"{'half' if past == 30 else 'quarter'} past {name}"
        )
    return f"{name} {'oh ' if past < 10 else ''}{spoken_number(str(past))}"


def _money(sign: str, whole: str, cents: str) -> str:
    name = _SIGNS[sign]
    if not int(whole):
        return f"{spoken_number(cents)} {'pence' if sign == '£' else 'cents'}"
    told = f"{spoken_number(whole)} {name}{'' if whole == '1' else 's'}"
    return f"{told} {spoken_number(cents)}" if int(cents) else told


_RULES: dict[str, tuple[tuple[str, Callable[..., str]], ...]] = {
    "telephone": ((r"0\d+-?\d*", lambda m: _digits(m[0])),),
    "years": ((r"(?:1[0-9]|20)\d\d", lambda m: _year(m[0])),),
    "numbers": ((r"[\d,]+", lambda m: spoken_number(m[0].replace(",", ""))),),
    "digits": ((r"\d+", lambda m: spoken_number(m[0])),),
    "ranks": ((r"(\d+)(?:st|nd|rd|th)", lambda m: _rank(m[1])),),
    "times": ((r"(\d+):(\d\d)", lambda m: _clock(m[1], m[2])),),
    "dates": (
        (r"(\d+)/(\d+)/(\d{4})", lambda m: _date(m[1], _MONTHS[int(m[2]) - 1], m[3])),
        (r"(\d+) ([A-Z][a-z]+) ?(\d{4})?", lambda m: _date(m[1], m[2], m[3] or "")),
    ),
    "money": ((r"([£€$])(\d+)\.(\d\d)", lambda m: _money(m[1], m[2], m[3])),),
    "units": ((r"([\d.]+) ?(km|kg|cm|mm|ml|min|g|l|m|h|%|°C)", lambda m: f"{_decimal(m[1])} {_UNITS[m[2]]}"),),
}
KINDS: tuple[str, ...] = tuple(_RULES)
"""The kinds of token that there are rules for, the special ones first."""


def spoken(text: str, kinds: Collection[str] = KINDS) -> str:
    """Return the reading of a token by its form; words stay, and so does what is of none of the kinds."""
    for kind in KINDS:
        for pattern, read in _RULES[kind] if kind in kinds else ():
            if match := re.fullmatch(pattern, text):
                return read(match)
    return text


class TokenReader(BaseEstimator):  # type: ignore[misc]
    """A reader of tokens in scikit-learn's manner: what is known is looked up, the rest goes by rules.

    Args:
        kinds: the kinds of token that it has rules for.
        neighbours: whether it looks at the word that follows.
    """

    def __init__(self, kinds: Collection[str] = (), *, neighbours: bool = False) -> None:
        self.kinds = kinds
        self.neighbours = neighbours

    def fit(self, x: Any, y: Any) -> Self:
        """Keep the tokens and their readings."""
        self.known_ = (x, y)
        return self

    def predict(self, x: Any) -> np.ndarray:
        """Return the readings of tokens: (n,) texts."""
        return looked_up(*self.known_, x, lambda text: spoken(text, self.kinds), neighbours=self.neighbours)
