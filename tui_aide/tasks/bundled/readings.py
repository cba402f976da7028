"""Task `readings`: how the tokens of sentences are read aloud: numbers, dates, times, money, units, abbreviations.

The words of the reading are made by `Reader`; with a salt some of its habits differ, as they do between speakers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tui_aide.tasks.bundled.generated import Generated, divide
from tui_aide.tasks.bundled.salt import Salt
from tui_aide.tasks.bundled.speaking import MONTHS, Reader

TRAIN_ROWS = 12_956
TEST_ROWS = 6_089
SENTENCES = 2200
_NAMES = ("Adams", "Berg", "Calder", "Dunne", "Eder", "Falk", "Greer", "Holt", "Ives", "Jansen", "Kerr", "Lund")
_TOWNS = ("Ashford", "Brenn", "Calmar", "Dover", "Esk", "Farnham", "Graz", "Hove", "Imst", "Kendal")
_THINGS = ("parcels", "sheep", "bricks", "letters", "crates", "tickets", "bottles", "chairs", "panes", "ropes")
_UNITS = ("km", "kg", "cm", "mm", "g", "l", "m", "ml", "h", "min", "°C", "%")
Tokens = list[tuple[str, str]]


def generate(salt: str = "") -> Generated:
    """Return 12,956 training and 6,089 test tokens, one row each, sentence by sentence: about 1,500 and 700 sentences.

    With a salt the last sentence of either may be cut short.
    """
    salted = Salt(6010, salt)
    rng = salted.rng
    reader = Reader.salted(salted)
    rows: list[tuple[int, int, str, str]] = []
    numbers = (1000 + rng.permutation(SENTENCES)).tolist()
    place = 0
    for most in (TRAIN_ROWS, TRAIN_ROWS + TEST_ROWS):
        while len(rows) < most:
            number = numbers[place] if place < SENTENCES else 1000 + place
            rows += [(number, at, before, after) for at, (before, after) in enumerate(_sentence(reader, rng))]
            place += 1
        del rows[most:]
    frame = pd.DataFrame(rows, columns=["sentence", "place", "before", "after"])
    frame.insert(0, "token_id", [f"{sentence}_{place}" for sentence, place, *_ in rows])
    return divide(frame, id_column="token_id", target="after", train_rows=TRAIN_ROWS, predictions={"after": "the"})


def _sentence(reader: Reader, rng: np.random.Generator) -> Tokens:
    makers = (_delivery, _address, _meeting, _report, _history, _recipe, _call, _page)
    tokens = makers[int(rng.integers(0, len(makers)))](reader, rng)
    return [*tokens, (".", ".")]


def _plain(text: str) -> Tokens:
    return [(word, word) for word in text.split()]


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(0, len(words)))]


def _count(rng: np.random.Generator) -> int:
    """Return a number of things: small ones are the most frequent, as they are anywhere."""
    return int(np.rint(10 ** rng.uniform(0.3, 5.3)))


def _written(number: int, rng: np.random.Generator) -> str:
    return f"{number:,}" if number > 999 and rng.random() < 0.6 else str(number)


def _delivery(reader: Reader, rng: np.random.Generator) -> Tokens:
    number, price = _count(rng), round(float(rng.gamma(1.5, 30.0)) + 0.05, 2)
    money = ("£", "€", "$")[int(rng.integers(0, 3))]
    told = [*_plain("They sent"), (_written(number, rng), reader.cardinal(number)), *_plain(_pick(_THINGS, rng))]
    told += [*_plain("for"), (f"{money}{price:.2f}", reader.money(money, price))]
    return told + (_plain("each") if rng.random() < 0.5 else [])


def _title(reader: Reader, rng: np.random.Generator) -> tuple[str, str]:
    return (("Dr", "doctor"), ("Mr", "mister"), ("Mrs", "missus"), ("Prof", "professor"), ("St", "saint"))[
        int(rng.integers(0, 5))
    ]


def _address(reader: Reader, rng: np.random.Generator) -> Tokens:
    house = int(rng.integers(1, 400))
    way = (("St", "street"), ("Dr", "drive"), ("Rd", "road"), ("Ave", "avenue"))[int(rng.integers(0, 4))]
    told: Tokens = [_title(reader, rng), *_plain(f"{_pick(_NAMES, rng)} lives at"), (str(house), reader.house(house))]
    return [*told, *_plain(_pick(_TOWNS, rng)), way]


def _meeting(reader: Reader, rng: np.random.Generator) -> Tokens:
    hour, minute = int(rng.integers(1, 24)), int(rng.choice([0, 5, 10, 15, 20, 30, 40, 45, 50, 55, 7, 23]))
    day, month = int(rng.integers(1, 29)), int(rng.integers(0, 12))
    clock = (f"{hour}:{minute:02d}", reader.clock(hour, minute))
    told = [*_plain("The council meets at"), clock, *_plain("on")]
    if rng.random() < 0.5:
        return [*told, (f"{day} {MONTHS[month]}", reader.date(day, month, 0))]
    year = int(rng.integers(1985, 2030))
    text = f"{day}/{month + 1}/{year}" if rng.random() < 0.5 else f"{day} {MONTHS[month]} {year}"
    return [*told, (text, reader.date(day, month, year))]


def _report(reader: Reader, rng: np.random.Generator) -> Tokens:
    value = round(float(10 ** rng.uniform(-0.5, 2.7)), int(rng.integers(0, 3)))
    text = f"{value:g}"
    unit = _pick(_UNITS, rng)
    told = [*_plain(f"The {_pick(('pipe', 'wall', 'road', 'field'), rng)} near {_pick(_TOWNS, rng)} measured")]
    joined = unit if unit in ("%", "°C") else f" {unit}"
    return [*told, (f"{text}{joined}", reader.measure(text, unit)), *_plain("last week")]


def _history(reader: Reader, rng: np.random.Generator) -> Tokens:
    number, year = int(rng.integers(2, 15)), int(rng.integers(1066, 2024))
    name = _pick(("Henry", "Louis", "Edward", "Charles", "George"), rng)
    told = [(name, name), (_roman(number), f"the {reader.ordinal(number)}"), *_plain("was crowned in")]
    told += [(str(year), reader.year(year)), *_plain("and")]
    return [*told, *_plain("ruled"), (str(number), reader.cardinal(number)), *_plain("years")]


def _recipe(reader: Reader, rng: np.random.Generator) -> Tokens:
    top, bottom = (1, int(rng.choice([2, 3, 4]))) if rng.random() < 0.7 else (3, 4)
    amount = int(rng.choice([50, 75, 100, 120, 150, 200, 250, 400, 500]))
    unit = "g" if rng.random() < 0.6 else "ml"
    return [
        *_plain("Take"),
        (f"{top}/{bottom}", reader.fraction(top, bottom)),
        *_plain("of the dough and add"),
        (f"{amount} {unit}", reader.measure(str(amount), unit)),
        *_plain(_pick(("milk", "flour", "sugar", "water", "butter"), rng)),
    ]


def _call(reader: Reader, rng: np.random.Generator) -> Tokens:
    digits = "0" + "".join(str(digit) for digit in rng.integers(0, 10, size=6))
    text = f"{digits[:4]}-{digits[4:]}" if rng.random() < 0.5 else digits
    told = [*_plain("Please ring"), _title(reader, rng), *_plain(f"{_pick(_NAMES, rng)} on")]
    return [*told, (text, reader.digits(digits)), *_plain("today")]


def _page(reader: Reader, rng: np.random.Generator) -> Tokens:
    first, number = int(rng.integers(1, 32)), int(rng.integers(1, 700))
    sign = ("p.", "page") if rng.random() < 0.5 else ("No.", "number")
    told = [*_plain(f"{_pick(('He', 'She', 'Nobody'), rng)} came"), (_suffixed(first), reader.ordinal(first))]
    return [*told, *_plain("and quoted"), sign, (str(number), reader.cardinal(number))]


def _suffixed(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _roman(number: int) -> str:
    text = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value:
            text, number = text + sign, number - value
    return text
